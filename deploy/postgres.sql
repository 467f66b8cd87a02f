-- What the database's image runs once, when its volume is empty: concierge's database, and a user who owns it and no more.
\set password `cat /run/secrets/database_password`
CREATE ROLE concierge LOGIN PASSWORD :'password';
CREATE DATABASE concierge OWNER concierge;
REVOKE ALL ON DATABASE concierge FROM PUBLIC;
