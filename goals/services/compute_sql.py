"""The statements of `goals.services.compute`: a few a KPI and run, however many people there are."""

from core.ids import NEW_UID_SQL

# The formula of `goals.rules.attainment` over columns; a property test holds the two together.
ATTAINMENT = """round(CASE WHEN {kpi}.direction = 'lower' THEN 1 - ({actual} - {target}) / abs({target})
    ELSE {actual} / {target} END, 6)"""
ACTUAL = """CASE WHEN kpi.aggregation = 'ratio' THEN round(sums.numerator / nullif(sums.denominator, 0), 6)
    ELSE sums.numerator END"""
COLUMNS = (
    "uid, kpi_id, person_id, team_id, home_team_id, period, starts, ends, numerator, denominator, actual, computed_at"
)

# Who has a result though nothing may be measured: members of a team (not of the company itself) who lead none, and
# who has a target.
PEOPLE = """
    SELECT m.person_id, span.code FROM span
    JOIN accounts_membership m ON m.during && daterange(span.starts, span.ends)
    JOIN accounts_team t ON t.id = m.team_id AND t.kind <> 'company'
    WHERE NOT EXISTS (SELECT FROM accounts_leadership l
                      WHERE l.person_id = m.person_id AND l.during && daterange(span.starts, span.ends))
    UNION
    SELECT g.person_id, span.code FROM span
    JOIN goals_target g ON g.starts < span.ends AND g.ends > span.starts WHERE g.person_id IS NOT NULL
"""
HOME = """
    (SELECT m.team_id FROM accounts_membership m
     WHERE m.person_id = who.person_id AND m.during && daterange(span.starts, span.ends) ORDER BY m.during DESC LIMIT 1)
"""
UPSERT = """
    ON CONFLICT (period, {subject}_id, kpi_id) WHERE {other}_id IS NULL DO UPDATE
    SET numerator = excluded.numerator, denominator = excluded.denominator, actual = excluded.actual,
        home_team_id = excluded.home_team_id, computed_at = excluded.computed_at,
        attainment = (SELECT {attainment} FROM goals_kpi kpi WHERE kpi.id = excluded.kpi_id)
    WHERE (stored.numerator, stored.denominator, stored.actual, stored.home_team_id)
          IS DISTINCT FROM (excluded.numerator, excluded.denominator, excluded.actual, excluded.home_team_id)
    RETURNING xmax = 0 AS is_new
""".replace("{attainment}", ATTAINMENT.format(kpi="kpi", actual="excluded.actual", target="stored.target"))

# One statement a KPI and run: facts once, then the people's rows and the teams'.
MEASURE = f"""
WITH span AS MATERIALIZED (
    SELECT * FROM unnest(%(codes)s::text[], %(starts_of)s::date[], %(ends_of)s::date[]) AS span(code, starts, ends)),
facts AS MATERIALIZED ({{facts}}),
of_people AS (
    SELECT f.person_id, span.code, sum(f.numerator) AS numerator, sum(f.denominator) AS denominator
    FROM facts f JOIN span ON f.day >= span.starts AND f.day < span.ends GROUP BY 1, 2),
of_homes AS (
    SELECT m.team_id, span.code, sum(f.numerator) AS numerator, sum(f.denominator) AS denominator
    FROM facts f JOIN span ON f.day >= span.starts AND f.day < span.ends
    JOIN accounts_membership m ON m.person_id = f.person_id AND m.during @> f.day GROUP BY 1, 2),
of_teams AS (
    SELECT t.id AS team_id, of_homes.code, sum(of_homes.numerator) AS numerator,
           sum(of_homes.denominator) AS denominator
    FROM of_homes JOIN accounts_team home ON home.id = of_homes.team_id
    JOIN accounts_team t ON starts_with(home.path, t.path) GROUP BY 1, 2),
people AS ({PEOPLE} UNION SELECT person_id, code FROM of_people),
kpi AS (SELECT id, aggregation, direction FROM goals_kpi WHERE id = %(kpi)s),
new_people AS (
    INSERT INTO goals_kpiresult AS stored ({COLUMNS})
    SELECT {NEW_UID_SQL}, kpi.id, who.person_id, NULL::bigint, {HOME}, span.code, span.starts, span.ends,
           sums.numerator, sums.denominator, {ACTUAL}, %(now)s
    FROM people who JOIN span USING (code) CROSS JOIN kpi
    LEFT JOIN of_people measured USING (person_id, code)
    CROSS JOIN LATERAL (SELECT round(coalesce(measured.numerator, 0), 6) AS numerator,
        CASE WHEN kpi.aggregation = 'ratio' THEN round(coalesce(measured.denominator, 0), 6) END AS denominator) sums
    WHERE %(people)s::bigint[] IS NULL OR who.person_id = ANY(%(people)s)
    {UPSERT.format(subject="person", other="team")}),
new_teams AS (
    INSERT INTO goals_kpiresult AS stored ({COLUMNS})
    SELECT {NEW_UID_SQL}, kpi.id, NULL::bigint, who.id, who.parent_id, span.code, span.starts, span.ends,
           sums.numerator, sums.denominator, {ACTUAL}, %(now)s
    FROM accounts_team who CROSS JOIN span CROSS JOIN kpi
    LEFT JOIN of_teams measured ON measured.team_id = who.id AND measured.code = span.code
    CROSS JOIN LATERAL (SELECT round(coalesce(measured.numerator, 0), 6) AS numerator,
        CASE WHEN kpi.aggregation = 'ratio' THEN round(coalesce(measured.denominator, 0), 6) END AS denominator) sums
    WHERE %(teams)s::bigint[] IS NULL OR who.id = ANY(%(teams)s)
    {UPSERT.format(subject="team", other="person")}),
stale AS (
    DELETE FROM goals_kpiresult gone USING span
    WHERE gone.kpi_id = %(kpi)s AND gone.period = span.code AND gone.person_id IS NOT NULL
      AND (%(people)s::bigint[] IS NULL OR gone.person_id = ANY(%(people)s))
      AND NOT EXISTS (SELECT FROM people who WHERE who.person_id = gone.person_id AND who.code = span.code)
    RETURNING false AS is_new)
SELECT count(*), count(*) FILTER (WHERE is_new)
FROM (SELECT is_new FROM new_people UNION ALL SELECT is_new FROM new_teams UNION ALL SELECT is_new FROM stale) changed
"""  # noqa: S608 (texts of our own code; values are parameters)

# Quarters and years from the months' rows, all KPIs of one kind of subject at once.
ADD_UP = """
WITH span AS (
    SELECT * FROM unnest(%(codes)s::text[], %(starts_of)s::date[], %(ends_of)s::date[]) AS span(code, starts, ends)),
who AS MATERIALIZED (
    SELECT span.code, span.starts, span.ends, part.kpi_id, part.{subject}_id,
           sum(part.numerator) AS numerator, sum(part.denominator) AS denominator
    FROM span JOIN goals_kpiresult part ON part.starts >= span.starts AND part.ends <= span.ends
    WHERE part.period = ANY(%(months)s) AND part.{subject}_id IS NOT NULL AND part.kpi_id = ANY(%(kpis)s)
      AND (%({subject}_filter)s::bigint[] IS NULL OR part.{subject}_id = ANY(%({subject}_filter)s))
    GROUP BY 1, 2, 3, 4, 5),
added AS (
    INSERT INTO goals_kpiresult AS stored ({columns})
    SELECT {uid}, kpi.id, {person}, {team}, {home}, span.code, span.starts, span.ends,
           sums.numerator, sums.denominator, {actual}, %(now)s
    FROM who sums JOIN span USING (code) JOIN goals_kpi kpi ON kpi.id = sums.kpi_id
    CROSS JOIN LATERAL (SELECT sums.{subject}_id) who
    {upsert}),
stale AS (
    DELETE FROM goals_kpiresult gone USING span
    WHERE gone.period = span.code AND gone.{subject}_id IS NOT NULL AND gone.kpi_id = ANY(%(kpis)s)
      AND (%({subject}_filter)s::bigint[] IS NULL OR gone.{subject}_id = ANY(%({subject}_filter)s))
      AND NOT EXISTS (SELECT FROM who
                      WHERE who.{subject}_id = gone.{subject}_id AND who.code = span.code AND who.kpi_id = gone.kpi_id)
    RETURNING false AS is_new)
SELECT count(*), count(*) FILTER (WHERE is_new)
FROM (SELECT is_new FROM added UNION ALL SELECT is_new FROM stale) changed
"""
ADD_UP_PEOPLE = ADD_UP.format(
    subject="person",
    columns=COLUMNS,
    uid=NEW_UID_SQL,
    person="sums.person_id",
    team="NULL::bigint",
    home=HOME,
    actual=ACTUAL,
    upsert=UPSERT.format(subject="person", other="team"),
)
ADD_UP_TEAMS = ADD_UP.format(
    subject="team",
    columns=COLUMNS,
    uid=NEW_UID_SQL,
    person="NULL::bigint",
    team="sums.team_id",
    home="(SELECT parent_id FROM accounts_team t WHERE t.id = sums.team_id)",
    actual=ACTUAL,
    upsert=UPSERT.format(subject="team", other="person"),
)

SET_TARGETS = f"""
WITH given AS (
    SELECT *
    FROM unnest(%(kpi_ids)s::bigint[], %(person_ids)s::bigint[], %(team_ids)s::bigint[], %(targets)s::numeric[])
        AS given(kpi_id, person_id, team_id, target)),
wanted AS (
    SELECT result.id, round(given.target, 6) AS target,
           {ATTAINMENT.format(kpi="kpi", actual="result.actual", target="round(given.target, 6)")} AS attainment
    FROM goals_kpiresult result JOIN goals_kpi kpi ON kpi.id = result.kpi_id
    LEFT JOIN given ON given.kpi_id = result.kpi_id
        AND (given.person_id = result.person_id OR given.team_id = result.team_id)
    WHERE result.period = %(code)s AND result.kpi_id = ANY(%(kpis)s))
UPDATE goals_kpiresult stored SET target = wanted.target, attainment = wanted.attainment, computed_at = %(now)s
FROM wanted WHERE wanted.id = stored.id
  AND (stored.target, stored.attainment) IS DISTINCT FROM (wanted.target, wanted.attainment)
"""  # noqa: S608

TEAMS_ABOVE = """
SELECT DISTINCT t.id FROM accounts_membership m
JOIN accounts_team home ON home.id = m.team_id JOIN accounts_team t ON starts_with(home.path, t.path)
WHERE m.person_id = ANY(%(people)s) AND m.during && daterange(%(starts)s, %(ends)s)
"""
