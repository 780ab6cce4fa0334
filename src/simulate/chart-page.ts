export const chartPage = (): string => ''
