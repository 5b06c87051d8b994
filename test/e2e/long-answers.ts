/** Has the model say again what it has said: it would end its story after a sentence at times, and has no other reason not to. */
export const longAnswers = { frequencyPenalty: -2 } as const;
