import { describe, expect, it } from "vitest";

import { reached } from "./receivers";

describe("an address of a receiver", () => {
  it("is reached where it listens, or by the name that the page came from", () => {
    expect(reached("127.0.0.1:4318", "log.example")).toBe("http://127.0.0.1:4318");
    expect(reached("[::1]:4317", "log.example")).toBe("http://[::1]:4317");
    expect(reached("0.0.0.0:9", "log.example")).toBe("http://log.example:9");
    expect(reached("[::]:4317", "[fd00::7]")).toBe("http://[fd00::7]:4317");
  });
});
