declare module 'memjs' {
  const memjs: {
    readonly Client: { create(servers: string, options?: object): object }
  }
  export default memjs
}
