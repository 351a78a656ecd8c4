export interface Money {}
