// Runs in the browser: expands each case's rule by ical.js, and reads our moments by the browser's
// own time zones. Local times are milliseconds as if they were UTC.
// Cases come and answers go as JSON.
async ([library, cases]) => {
  const url = URL.createObjectURL(new Blob([library], { type: "text/javascript" }));
  const { default: ICAL } = await import(url);
  const MINUTE = 60_000;

  function clockOf(timeZone) {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    });
    const known = new Map();
    return (moment) => {
      let local = known.get(moment);
      if (local === undefined) {
        const [month, day, year, hour, minute] = format.format(moment).match(/\d+/g).map(Number);
        local = Date.UTC(year, month - 1, day, hour, minute);
        known.set(moment, local);
      }
      return local;
    };
  }
  const clocks = new Map();

  const expanded = new Map(); // zones share some starts, and a rule knows no zone
  function expand({ rule, start, end }) {
    const key = `${rule} ${start}`;
    if (expanded.has(key)) return expanded.get(key);
    const days = [];
    expanded.set(key, days);
    const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromString(start));
    for (let at = iterator.next(); at; at = iterator.next()) {
      const day = at.toString();
      if (day > end) break;
      days.push(day);
    }
    return days;
  }

  // RFC 5545, 3.3.5: of a time that comes twice the first is meant; one that is skipped is read
  // with the offset from before the change.
  function read(clock, moment, meant) {
    const shown = clock(moment);
    const same = (minutes) => clock(moment + minutes * MINUTE) === meant;
    if (shown === meant) {
      if (same(-30) || same(-60)) return "the second of two";
      return same(30) || same(60) ? "twice" : "once";
    }
    const earlier = moment - 120 * MINUTE;
    const before = clock(earlier) - earlier;
    const skips = shown - moment > before && moment + before === meant;
    return skips ? "skipped" : `read as ${new Date(shown).toISOString()}`;
  }

  const answers = JSON.parse(cases).map((one) => {
    if (!clocks.has(one.zone)) clocks.set(one.zone, clockOf(one.zone));
    const clock = clocks.get(one.zone);
    const days = expand(one);
    const read_as = days.map((day, n) => read(clock, one.moments[n], Date.parse(`${day}Z`)));
    return { days, read_as };
  });
  return JSON.stringify(answers);
};
