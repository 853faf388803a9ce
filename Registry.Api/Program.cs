using Slipway.Registry.Api;

var builder = WebApplication.CreateBuilder(args);
builder.AddRegistry();

var app = builder.Build();
app.MapRegistry();
await app.RunAsync();
