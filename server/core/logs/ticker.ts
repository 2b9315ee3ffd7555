export class GrowthTicker { [Symbol.dispose](): void {} }
