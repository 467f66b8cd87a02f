//! What no service may lose.

use crate::file::{Networks, Service, Stack, text};
use crate::repository;

#[test]
fn the_stack_keeps_every_rule() {
    let found = violations(&Stack::read());
    assert!(found.is_empty(), "docker-compose.yml:\n- {}", found.join("\n- "));
}

#[test]
fn replicas_differ_from_the_first_in_their_profile_alone() {
    // Templates make them alike; who writes them out has to keep them so.
    let text = text();
    for name in ["api-2", "api-3"] {
        let whole = format!("\n  {name}:\n    <<: *api\n    profiles: [replicas]\n\n");
        assert!(text.contains(&whole), "{name} is something else than a replica");
    }
    assert!(text.contains("\n  api:\n    <<: *api\n    build: .\n\n"));
}

#[test]
fn one_name_leads_to_all_replicas() {
    let stack = Stack::read();
    for name in ["api", "api-2", "api-3"] {
        let Networks::Places(places) = &stack.service(name).networks else {
            panic!("{name} has no other name")
        };
        assert_eq!(places["front"].aliases, ["api"], "{name}");
    }
}

#[test]
fn nobody_but_the_api_reaches_the_stores() {
    let stack = Stack::read();
    assert!(stack.networks["back"].internal);
    let inside = stack.services.iter().filter(|(_, service)| service.networks.names().contains(&"back"));
    let inside: Vec<_> = inside.map(|(name, _)| name.as_str()).collect();
    assert_eq!(inside, ["api", "api-2", "api-3", "postgres", "redis"]);
    for store in ["postgres", "redis"] {
        assert_eq!(stack.service(store).networks.names(), ["back"], "{store}");
    }
}

#[test]
fn the_api_believes_nginx_and_nobody_else() {
    let stack = Stack::read();
    let Networks::Places(places) = &stack.service("nginx").networks else { panic!("nginx has no address") };
    let address = places["front"].ipv4_address.as_deref();
    let trusted = &stack.service("api").environment["CONCIERGE__SERVER__TRUSTED_PROXIES"];
    assert_eq!(address, Some(trusted.as_str()));
}

/// Every rule that is broken, as a sentence.
pub(crate) fn violations(stack: &Stack) -> Vec<String> {
    let mut found = Vec::new();
    for (name, service) in &stack.services {
        let mut rule = |keeps: bool, broken: &str| {
            if !keeps {
                found.push(format!("{name} {broken}"));
            }
        };
        rule(is_checked(service), "has no health check");
        rule(is_somebody(&service.user), "runs as root, or as a user whose number the image decides");
        rule(service.read_only, "may write to its root file system");
        rule(service.cap_drop == ["ALL"], "keeps capabilities");
        rule(service.security_opt == ["no-new-privileges:true"], "may gain privileges");
        rule(service.restart == "unless-stopped", "does not come back");
        rule(service.ports.iter().all(|port| port.starts_with("127.0.0.1:")), "is published to the network");
        rule(is_pinned(stack, service), "has an image of no certain version");
        for (variable, value) in &service.environment {
            rule(!tells_a_secret(variable, value), &format!("is told a secret by {variable}"));
            let file = value.strip_prefix("/run/secrets/");
            let mounted = file.is_none_or(|file| service.secrets.iter().any(|secret| secret == file));
            rule(mounted, &format!("reads {value}, which is not among its secrets"));
        }
        for secret in &service.secrets {
            rule(
                stack.secrets.contains_key(secret),
                &format!("has the secret {secret}, which is defined nowhere"),
            );
        }
        for mount in service.mounts() {
            let (source, target) = (&mount.source, &mount.target);
            if source.starts_with("./") {
                rule(repository(source).exists(), &format!("mounts {source}, which is not there"));
                rule(mount.read_only, &format!("may write to {source}"));
            } else {
                let named = stack.volumes.contains_key(source);
                rule(named, &format!("keeps {target} in {source}, which is no volume"));
            }
        }
        for network in service.networks.names() {
            rule(stack.networks.contains_key(network), &format!("is in {network}, which is defined nowhere"));
        }
        for (other, dependency) in &service.depends_on {
            let waits = dependency.condition == "service_healthy";
            rule(waits, &format!("does not wait until {other} is healthy"));
            let optional = stack.services.get(other).is_some_and(|other| !other.profiles.is_empty());
            rule(dependency.required != optional, &format!("depends on {other}, which may not be started"));
        }
    }
    found
}

fn is_checked(service: &Service) -> bool {
    let test = service.healthcheck.as_ref().map(|check| &check.test[..]);
    matches!(test, Some([how, _, ..]) if how == "CMD" || how == "CMD-SHELL")
}

/// A number of its own and not 0: what a name means is the image's business.
fn is_somebody(user: &str) -> bool {
    let parts: Vec<_> = user.split(':').map(str::parse::<u32>).collect();
    matches!(parts[..], [Ok(1..), Ok(1..)])
}

/// At least two numbers in the tag, or made here.
fn is_pinned(stack: &Stack, service: &Service) -> bool {
    let made_here =
        stack.services.values().any(|other| other.build.is_some() && other.image == service.image);
    let tag = service.image.rsplit_once(':').map_or("", |(_, tag)| tag);
    let numbers = tag.split(['.', '-']).take_while(|part| part.parse::<u32>().is_ok()).count();
    made_here || numbers >= 2
}

fn tells_a_secret(variable: &str, value: &str) -> bool {
    let telling = ["PASSWORD", "SECRET", "DATABASE__URL", "REDIS__URL", "REDISCLI_AUTH"];
    let named = telling.iter().any(|word| variable.contains(word));
    (named && !variable.ends_with("_FILE")) || (value.contains("://") && value.contains('@'))
}
