drop table sign_in_failures;
drop table refresh_tokens;
drop table sessions;
drop table role_grants;
drop table users;
drop table services;
drop table organisations;
