import { expect, it } from "vitest";

import { People } from "./people";

const lines = (people: People) => people.file().slice(1).trimEnd().split("\r\n");

it("makes one line of a person, with the first failure and why", () => {
  const people = new People();
  people.add("id,person,time,status,object,element,reason,interaction\r\n1,ann,2026-11-29T10:00:00Z,success,Cart,Start,,i1\r\n2,ann,2026-11-29T10:05:00Z,failure,Cart,Pay,HTTP 503,i2\r\n3,ann,2026-11-29T10:01:00Z,timed_out,Cart,Ask,no answer,i1\r\n4,bob,2026-11-29T09:00:00Z,success,Cart,Start,,i3\r\n5,,2026-11-29T09:00:00Z,failure,Cart,Pay,,i4\r\n");
  expect(lines(people)).toEqual(["person,events,failures,first,last,object,element,status,reason,interaction",
    "ann,3,2,2026-11-29T10:00:00Z,2026-11-29T10:05:00Z,Cart,Ask,timed_out,no answer,i1", "bob,1,0,2026-11-29T09:00:00Z,2026-11-29T09:00:00Z,Cart,Start,success,,i3"]);
  expect([people.count, people.without]).toEqual([2, 1]);
});

it("knows times by the clock of the reader: the first failure is the earliest", () => {
  const people = new People();
  people.add("person,time (Europe/Zagreb),status,object,element,reason,interaction\r\nann,2026-11-30 16:36:05.903,failure,Parcel,Exit,Look up failed,i1\r\nann,2026-11-30 16:36:05.100,failure,Parcel,Look up,HTTP 503,i1\r\nann,2026-11-30 16:35:17.664,success,Parcel,Start,,i1\r\n");
  expect(lines(people)[1]).toBe("ann,3,2,2026-11-30 16:35:17.664,2026-11-30 16:36:05.903,Parcel,Look up,failure,HTTP 503,i1");
});

it("reads and writes any text, wherever it is cut", () => {
  const text = '\uFEFFid,person,time,status,object,element,reason,interaction\r\n1,"a,""b""\r\nc",t,failure,"O,1",,"said ""no""\nthen",i\r\n';
  for (let cut = 0; cut < text.length; cut++) {
    const people = new People();
    people.add(text.slice(0, cut));
    people.add(text.slice(cut));
    expect(people.file()).toContain('"a,""b""\r\nc",1,1,t,t,"O,1",,failure,"said ""no""\nthen",i\r\n');
  }
});
