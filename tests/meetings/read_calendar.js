// Runs in the browser: reads calendars with ical.js, by the time zones that they tell themselves,
// and expands what repeats, with what was moved and left out. Moments are milliseconds.
async ([library, texts, most]) => {
  const url = URL.createObjectURL(new Blob([library], { type: "text/javascript" }));
  const { default: ICAL } = await import(url);

  const moment = (time) => time.toJSDate().getTime();

  function starts(event) {
    if (!event.isRecurring()) return [[moment(event.startDate), moment(event.endDate)]];
    const found = [];
    const iterator = event.iterator();
    for (let at = iterator.next(); at && found.length < most; at = iterator.next()) {
      const { startDate, endDate } = event.getOccurrenceDetails(at);
      found.push([moment(startDate), moment(endDate)]);
    }
    return found;
  }

  return texts.map((text) => {
    ICAL.TimezoneService.reset();
    const calendar = new ICAL.Component(ICAL.parse(text));
    for (const zone of calendar.getAllSubcomponents("vtimezone")) {
      const tzid = zone.getFirstPropertyValue("tzid");
      ICAL.TimezoneService.register(new ICAL.Timezone({ component: zone, tzid }));
    }
    const events = calendar.getAllSubcomponents("vevent").map((one) => new ICAL.Event(one));
    const masters = events.filter((event) => !event.isRecurrenceException());
    const exceptions = events.filter((event) => event.isRecurrenceException());
    for (const master of masters) {
      for (const one of exceptions) {
        if (one.uid === master.uid) master.relateException(one);
      }
    }
    return {
      method: calendar.getFirstPropertyValue("method"),
      zones: calendar.getAllSubcomponents("vtimezone").length,
      events: events.map((event) => ({
        uid: event.uid,
        sequence: event.sequence,
        summary: event.summary,
        description: event.description,
        location: event.location,
        organizer: event.component.getFirstProperty("organizer").getParameter("cn"),
        attendees: event.attendees.map((one) => [one.getFirstValue(), one.getParameter("cn")]),
        status: event.component.getFirstPropertyValue("status"),
        recurrence: event.recurrenceId ? moment(event.recurrenceId) : null,
        starts: moment(event.startDate),
      })),
      times: masters.flatMap(starts),
    };
  });
};
