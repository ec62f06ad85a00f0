//! The part of the storage contract that histories rely on.

use super::MemoryStorage;

#[expect(clippy::unused_async, reason = "the contract waits for what it makes")]
async fn empty() -> (MemoryStorage, ()) {
    (MemoryStorage::default(), ())
}

storage::storage_contract! { super::empty =>
    configuration {
        putting_again_replaces_and_keeps_state_and_links
        deleting_a_configuration_takes_all_but_its_records
        state_is_fresh_until_it_is_put
    }
    cycle {
        a_queued_cycle_is_claimed_once
        a_configuration_has_one_queued_cycle
        the_cycle_due_longest_is_claimed_first
        a_configuration_runs_one_cycle_at_a_time
        expected_comes_from_the_last_total
        only_the_owner_renews_a_lease
        an_expired_lease_interrupts_and_queues_again
        the_only_server_interrupts_every_running_cycle
        ending_a_cycle_queues_the_next
        an_ended_cycle_is_left_alone
        dropped_cycles_are_not_claimed
        cycles_are_paged_while_more_begin
        the_last_cycle_need_not_be_complete
        due_times_of_running_configurations_do_not_wake_the_worker
        workers_at_the_same_time_claim_different_cycles
    }
    directory {
        objects_are_listed_by_name_without_regard_to_case
        pages_lose_nothing_while_objects_are_added
        members_are_listed_from_both_ends
        objects_are_counted_by_kind
        names_and_addresses_are_found_without_regard_to_case
        a_walk_meets_everything_that_was_there_although_names_change
    }
    directory_write {
        an_object_comes_back_by_id_and_anchor
        an_update_replaces_attributes_and_keeps_the_creation
        a_deleted_object_leaves_its_groups
        what_is_not_there_is_not_found
        a_taken_anchor_is_a_conflict_within_its_kind
        a_taken_user_name_is_a_conflict_among_users
        refused_writes_do_not_stop_the_others
        a_freed_name_can_be_taken_in_the_same_call
        names_are_not_swapped_in_one_call
        one_object_can_be_written_twice_in_one_call
        members_that_are_not_there_are_passed_over
    }
    link {
        links_come_back_by_object
        configurations_do_not_see_each_others_links
        every_kind_of_value_survives_its_export
        links_are_walked_in_the_order_of_their_ids
        links_are_counted_by_state_and_kind
        intents_wait_in_their_order_until_they_are_settled
        escrows_are_replaced_released_and_cleared
    }
    page {
        ids_come_back_in_the_order_of_the_writes
        an_update_keeps_id_and_unchanged_export
        a_group_of_the_same_page_gets_its_members
        members_come_and_go
        unlinked_objects_lose_their_memberships
        an_object_linked_anew_in_the_same_page_gets_a_new_id
        a_failing_page_leaves_nothing
        writes_and_the_page_that_follows_are_one
        a_page_of_a_cycle_that_does_not_run_is_refused
        a_whole_page_moves_together
        a_page_for_no_configuration_is_stale
    }
    record {
        a_record_comes_back_whole
        lists_leave_steps_and_properties_out
        a_record_is_found_by_its_change
        pages_lose_nothing_while_records_are_added
    }
}
