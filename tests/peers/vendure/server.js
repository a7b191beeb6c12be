// A Vendure server on loopback, as `npm create` would set it up, without dashboard, mail or worker.
const { bootstrap, dummyPaymentHandler, DefaultLogger, LogLevel } = require("@vendure/core");

const { PORT, DATABASE, SUPERADMIN_PASSWORD, COOKIE_SECRET } = process.env;

bootstrap({
  apiOptions: { hostname: "127.0.0.1", port: Number(PORT), adminApiPath: "admin-api", shopApiPath: "shop-api" },
  authOptions: {
    tokenMethod: ["bearer", "api-key"],
    superadminCredentials: { identifier: "superadmin", password: SUPERADMIN_PASSWORD },
    cookieOptions: { secret: COOKIE_SECRET },
    requireVerification: false,
  },
  dbConnectionOptions: { type: "better-sqlite3", database: DATABASE, synchronize: true, logging: false },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Info, timestamp: true }),
  plugins: [],
}).catch((error) => {
  console.error(error);
  process.exit(1);
});
