//! What of the settings bears on cookies and CORS, read with patience: a fault hides nothing but itself.

use concierge_origins::{CookieOverrides, Origin};

use super::layers::{Layer, Layers};
use super::parse::whole;
use super::reader::{Read, Reader};
use super::{Environment, Fault, Listing, Settings, Sources, cookies, locations, server};

const ALLOWED: &str = "origins.allowed";

/// Where the API and its frontends live and how cookies are to be set, as far as that can be told.
///
/// For whoever has to explain settings with which concierge does not start. What is faulty is left out of it and
/// stands among [`Self::faults`].
#[derive(Clone, Debug)]
pub struct Outline {
    /// The API's own origins, the one where it lives first; none if that cannot be told.
    pub own: Vec<Origin>,
    /// The frontends that may call.
    pub allowed: Vec<Listing>,
    /// Whether they are the development servers that are compiled in, which nobody has listed.
    pub allowed_is_compiled_in: bool,
    /// What is set by hand of the cookies' attributes.
    pub cookies: CookieOverrides,
    /// What of all this could not be read, and sources that could not be.
    pub faults: Vec<Fault>,
    /// What else keeps concierge from starting: other settings, and sets of settings that cannot work together.
    pub other_faults: Vec<Fault>,
}

impl Outline {
    /// Reads what can be read of every layer.
    pub fn read(sources: &Sources) -> Self {
        let (environment, layers) = Layers::gather(sources);
        let mut reader = Reader::new(environment, sources, layers);
        let port = reader.required("server.port", whole(0..=u16::MAX)).ok();
        let public_url = server::public_url(&mut reader);
        let aliases = good_items(&mut reader, "server.aliases", locations::origin);
        let allowed = good_items(&mut reader, ALLOWED, Listing::parse);
        let outline = Self {
            own: own_origins(public_url, port, &aliases, environment),
            allowed,
            allowed_is_compiled_in: matches!(
                reader.layer(ALLOWED),
                Some(Layer::Default | Layer::Environment(_))
            ),
            cookies: cookies::readable_overrides(&mut reader),
            faults: Vec::new(),
            other_faults: Vec::new(),
        };
        let (registry, _, mut faults) = reader.finish();
        // To a reader that asks for a few keys alone, all others are unknown.
        faults.retain(|fault| fault.key().is_none_or(|key| registry.get(key).is_some()));
        let mut other_faults =
            Settings::load(sources).err().map_or_else(Vec::new, |error| error.faults().to_vec());
        other_faults.retain(|fault| !faults.contains(fault));
        Self { faults, other_faults, ..outline }
    }
}

fn own_origins(
    public_url: Read<Option<Origin>>,
    port: Option<u16>,
    aliases: &[Origin],
    environment: Environment,
) -> Vec<Origin> {
    let lives_at = public_url.ok().and_then(|set| set.or_else(|| server::this_machine(port?)));
    lives_at.map(|public_url| server::all_names(&public_url, aliases, environment)).unwrap_or_default()
}

/// The items of a list that are what they should be; the others are faults.
fn good_items<T>(
    reader: &mut Reader,
    key: &'static str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Vec<T> {
    let Ok(items) = reader.list(key, |text| Ok(parse(text).ok())) else { return Vec::new() };
    drop(reader.list(key, parse));
    items.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use concierge_kernel::Timestamp;

    use super::*;

    fn outline(variables: &[(&str, &str)]) -> Outline {
        let prefixed = |(name, value): &(&str, &str)| (format!("CONCIERGE__{name}"), (*value).to_owned());
        Outline::read(&Sources {
            env: variables.iter().map(prefixed).collect(),
            config_dir: "/nowhere".into(),
            now: Timestamp::EPOCH,
        })
    }

    #[test]
    fn what_is_faulty_hides_nothing_else() {
        let outline = outline(&[
            ("SERVER__PUBLIC_URL", "https://api.example.com"),
            ("ORIGINS__ALLOWED", "https://app.example.com/, https://app.example.org"),
            ("COOKIES__DOMAIN", ".example.com"),
            ("COOKIES__SECURE", "true"),
            ("DATABASE__URL", "mysql://x"),
        ]);
        assert_eq!(outline.own[0].to_string(), "https://api.example.com");
        let allowed: Vec<_> = outline.allowed.iter().map(ToString::to_string).collect();
        assert_eq!(allowed, ["https://app.example.org"]);
        assert_eq!(outline.cookies, CookieOverrides { secure: Some(true), ..CookieOverrides::default() });
        let keys =
            |faults: &[Fault]| faults.iter().filter_map(Fault::key).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(keys(&outline.faults), ["origins.allowed", "cookies.domain"]);
        assert_eq!(keys(&outline.other_faults), ["database.url"]);
    }

    #[test]
    fn a_list_that_is_none_is_one_fault() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("local.toml"), "origins.allowed = 5").unwrap();
        let sources = Sources {
            env: std::collections::HashMap::new(),
            config_dir: folder.path().to_owned(),
            now: Timestamp::EPOCH,
        };
        let outline = Outline::read(&sources);
        assert_eq!((outline.faults.len(), outline.other_faults.len()), (1, 0), "{:?}", outline.faults);
    }

    #[test]
    fn what_nobody_set_is_derived() {
        let outline = outline(&[]);
        assert_eq!(outline.cookies, CookieOverrides::default());
        assert_eq!((outline.faults, outline.other_faults), (vec![], vec![]));
        assert_eq!(outline.own[0].to_string(), "http://localhost:5000");
        assert!(outline.allowed_is_compiled_in);
    }
}
