-- A deployment key that nothing is sealed with any more. Its check value stays, so that no other key
-- ever takes its number.
create table deployment_key_retirements (
  epoch bigint not null primary key references deployment_keys (epoch),
  retired_at timestamp not null
);
create trigger deployment_key_retirements_append_only before update or delete on deployment_key_retirements for each row execute function refuse_change();
create trigger deployment_key_retirements_no_truncate before truncate on deployment_key_retirements for each statement execute function refuse_change();
