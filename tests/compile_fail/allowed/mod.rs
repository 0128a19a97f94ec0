//! The right way to do what `refused` does wrongly.

mod a_change_under_a_permit_to_look;
mod a_database_around_the_caller;
mod a_forged_permit;
mod a_forged_scope;
mod a_handler_without_its_caller;
mod a_move_that_is_made_up;
mod a_name_opened_under_an_act_that_does_not_disclose;
mod a_name_that_is_printed;
mod a_name_that_is_serialised;
mod a_name_that_is_taken_out;
mod a_permit_for_another_act;
mod a_permit_for_another_kind_of_record;
mod a_reading_opened_before_its_event;
mod a_reading_without_its_event;
mod a_route_that_is_open_to_anybody;
mod a_state_saved_without_a_step;
mod a_state_that_is_made_up;
mod a_state_that_is_set;
mod a_state_that_moves_twice;
mod a_write_answered_before_its_commit;
mod a_write_with_a_forged_record;
mod a_write_without_its_event;
mod an_id_of_another_kind;
mod an_identity_that_is_printed_for_debugging;
