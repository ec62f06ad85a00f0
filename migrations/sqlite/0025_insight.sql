-- What is told over time: how long cycles took, without their counts and notes, and in which hours an agent was heard.
CREATE INDEX cycles_ended ON cycles (started_at, configuration_id, ended_at, state, started_by)
WHERE ended_at IS NOT NULL;
CREATE INDEX agent_hours_by_time ON agent_hours (at, beats);
