-- A deployment key that nothing is sealed with any more. Its check value stays, so that no other key
-- ever takes its number.
create table deployment_key_retirements (
  epoch integer not null primary key references deployment_keys (epoch),
  retired_at text not null
) strict, without rowid;
create trigger deployment_key_retirements_no_update before update on deployment_key_retirements begin select raise(abort, 'append-only'); end;
create trigger deployment_key_retirements_no_delete before delete on deployment_key_retirements begin select raise(abort, 'append-only'); end;
