/**
 * The text that models are compared on where none is given: prose, numbers, code, a table and German, some 360 tokens of most
 * vocabularies. Written for this purpose, so that no model has learned it.
 */
export const comparisonText = `The harbour office opens at seven. Before that, only the pilots and the two women who run the canteen
are on the quay, and nobody speaks much until the first ferry has left. On Tuesday the ferry was late because the fog had not lifted,
and the harbour master asked for the list of cargo to be read aloud: forty-two crates of machine parts, nine pallets of paper, and one
piano that belonged to the school on the island.

Rules for the cold store:
1. The door is kept shut. Whoever opens it writes the time into the book.
2. The temperature is read at 06:00, 14:00 and 22:00, and must lie between 2 and 5 degrees.
3. If it is higher than 7 degrees for more than 30 minutes, the goods are not sold.

| day | morning | evening |
| --- | --- | --- |
| Monday | 3.1 | 3.4 |
| Tuesday | 3.0 | 6.2 |

function warmest(readings) {
  let highest = readings[0];
  for (const reading of readings) {
    if (reading > highest) highest = reading;
  }
  return highest;
}

Die Fähre fährt heute um acht Uhr zwanzig. Wer einen Wagen mitnehmen will, kommt bitte eine halbe Stunde vorher.

Question: How many pallets of paper were on the list?
Answer: There were nine pallets of paper on the list.
`;
