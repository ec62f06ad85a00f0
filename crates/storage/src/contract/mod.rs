//! The contract tests that every backend runs: what callers may rely on, whatever the database.
//!
//! A backend calls [`storage_contract!`](crate::storage_contract) in its test binary with the path from the crate of an
//! `async fn() -> (impl Storage, impl Sized)` that makes an empty database and whatever must live as long. To add a
//! test: a `pub async fn` in one of the files here and its name in the list below; a test in this file finds names
//! that the list lacks.
#![cfg(feature = "contract")]

pub mod access;
pub mod agent;
pub mod alert;
pub mod audit;
pub mod configuration;
pub mod cycle;
pub mod directory;
pub mod directory_write;
pub mod insight;
pub mod link;
pub mod mail;
pub mod page;
pub mod record;
pub mod sample;
pub mod search;
pub mod session;
pub mod simulation;

/// Makes one test of every part of the contract.
#[macro_export]
macro_rules! storage_contract {
    ($make:path) => {
        $crate::storage_contract! { $make =>
            access {
                user_names_are_unique_without_regard_to_case
                a_password_is_set_for_an_account_that_exists
                a_role_is_set_for_an_account_that_exists
                who_is_known_at_a_provider_is_found_there_only
                an_account_is_deleted_with_its_links
                a_token_is_found_by_its_hash_until_it_is_deleted
                a_refused_change_writes_no_audit_entry
                a_sign_in_link_works_once
                a_sign_in_link_does_not_work_after_its_end
                of_two_users_of_a_link_one_gets_in
            }
            agent {
                a_token_lets_one_agent_in
                a_token_that_is_not_open_lets_nobody_in
                of_two_users_of_an_enrolment_token_one_gets_in
                tokens_are_listed_newest_first
                an_agents_key_is_its_own
                counters_only_grow
                a_key_takes_over_with_its_first_request
                nothing_of_a_retired_agent_is_taken
                an_alarm_is_counted_until_it_is_cleared
                what_an_agent_says_is_kept
                beats_come_back_in_their_order_with_the_one_before
                old_beats_become_hours_that_add_up
                lists_tell_states_as_the_domain_does
                agents_are_listed_by_machine_and_narrowed
            }
            alert {
                an_alert_lives_from_its_opening_to_its_end_and_may_come_back
                of_one_thing_one_alert_of_a_kind_is_live
                an_alert_and_its_message_are_one
                only_an_open_alert_is_acknowledged
                every_alert_filter_narrows_and_pages_lose_nothing
                live_alerts_are_counted
                only_alerts_that_ended_expire
            }
            audit {
                entries_come_back_newest_first
                a_chain_that_nobody_touched_is_intact
                entries_of_changes_are_part_of_the_chain
                a_walk_goes_on_where_another_one_ended
                only_the_end_that_was_checked_is_sealed
                every_audit_filter_narrows
            }
            configuration {
                what_is_put_comes_back
                names_are_unique_without_regard_to_case
                lists_are_ordered_by_name
                a_failing_change_leaves_nothing_of_the_others
                putting_again_replaces_and_keeps_state_and_links
                what_is_in_use_is_not_deleted
                deleting_a_configuration_takes_all_but_its_records
                changing_what_is_not_there_is_stale
                state_is_fresh_until_it_is_put
                settings_are_part_of_a_change
            }
            cycle {
                a_queued_cycle_is_claimed_once
                a_configuration_has_one_queued_cycle
                an_object_on_demand_holds_its_configurations_place_and_is_no_cycle
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
                every_filter_narrows
                text_is_found_in_names_and_addresses
                a_renamed_object_is_found_by_its_new_name
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
                what_is_only_tried_leaves_nothing_behind
                an_address_belongs_to_one_object_until_it_is_given_up
                refused_writes_do_not_stop_the_others
                a_freed_name_can_be_taken_in_the_same_call
                names_are_not_swapped_in_one_call
                one_object_can_be_written_twice_in_one_call
                members_that_are_not_there_are_passed_over
            }
            insight {
                operations_are_summed_by_slot_and_errors_by_code
                durations_of_cycles_are_told_by_the_slot_they_started_in
                agents_are_counted_once_an_hour_whether_their_beats_are_single_or_folded
                objects_are_counted_by_state
            }
            link {
                links_come_back_by_object
                configurations_do_not_see_each_others_links
                every_kind_of_value_survives_its_export
                links_are_walked_in_the_order_of_their_ids
                escrows_are_paged_and_their_next_attempt_is_brought_forward
                links_are_counted_by_state_and_kind
                long_lists_of_ids_are_taken
                intents_wait_in_their_order_until_they_are_settled
                what_waits_is_told_in_one_answer
                escrows_are_replaced_released_and_cleared
            }
            mail {
                a_message_waits_for_each_of_its_recipients
                a_delivery_is_begun_once_and_ended_once
                what_was_being_sent_at_the_end_of_the_process_waits_again
                a_mark_and_its_message_are_one
                deliveries_are_found_by_state_and_text
                only_mail_that_waits_for_nothing_expires
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
                many_records_get_their_details_at_once
                a_list_is_read_backwards_from_any_record
                a_record_is_found_by_its_change
                pages_lose_nothing_while_records_are_added
                every_filter_narrows
                hours_are_counted_by_action_and_status
                expired_records_are_gone_everywhere
                expiry_is_bounded
                tidying_the_search_changes_nothing_found
            }
            search {
                text_is_found_anywhere
                case_makes_no_difference_in_any_alphabet
                every_word_must_be_found
                short_words_are_found
                signs_of_query_languages_are_text
                rows_that_only_look_alike_are_not_found
                text_and_filters_narrow_together
                pages_of_a_search_lose_nothing
                facets_leave_their_own_filter_out
                facets_of_a_text_count_what_is_found
                facets_stop_counting_at_the_cap
                facets_of_a_period_do_not_count_what_came_after_it
                a_period_is_exact_where_times_do_not_rise_with_the_ids
                a_page_with_facets_is_the_page_and_the_facets
            }
            simulation {
                results_come_back_as_they_were_found
                a_configuration_has_one_running_simulation
                superseded_and_old_simulations_go_bit_by_bit
                a_scratch_copy_is_apart_from_what_it_was_made_of
                unmatched_objects_are_those_of_the_last_search
            }
            session {
                an_id_is_taken_once
                a_session_ends_with_its_time
                a_session_is_replaced_and_deleted
                settings_come_back
                the_storage_is_alive
            }
        }
    };
    ($make:path => $($module:ident { $($name:ident)+ })+) => {
        $(mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let (storage, _kept) = $make().await;
                    $crate::contract::$module::$name(&storage).await;
                }
            )+
        })+
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_test_of_the_contract_is_in_the_list() {
        let listed: Vec<&str> = include_str!("mod.rs").lines().map(str::trim).collect();
        let files = [
            include_str!("access.rs"),
            include_str!("agent.rs"),
            include_str!("alert.rs"),
            include_str!("audit.rs"),
            include_str!("configuration.rs"),
            include_str!("cycle.rs"),
            include_str!("directory.rs"),
            include_str!("directory_write.rs"),
            include_str!("insight.rs"),
            include_str!("link.rs"),
            include_str!("page.rs"),
            include_str!("record.rs"),
            include_str!("search.rs"),
            include_str!("session.rs"),
        ];
        for line in files.iter().flat_map(|file| file.lines()) {
            let Some(rest) = line.strip_prefix("pub async fn ") else { continue };
            let name = rest.split('(').next().unwrap_or_default();
            assert!(listed.contains(&name), "{name} is not run by any backend");
        }
    }
}
