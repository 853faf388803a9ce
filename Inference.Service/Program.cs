using Slipway.Inference.Service;
using Slipway.Inference.Service.Containers;
using Slipway.Inference.Service.Repository;

var (settings, arguments) = RepositoryArguments.Parse(args);
var builder = WebApplication.CreateBuilder(arguments);
foreach (var (key, value) in ContainerEnvironment.Read(args, Environment.GetEnvironmentVariable))
{
    builder.Configuration[key] ??= value;
}
builder.Configuration.AddInMemoryCollection(settings);
if (
    builder.Configuration["urls"] is null
    && builder.Configuration["http_ports"] is null
    && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists()
)
{
    // Where Triton's clients and scrapers look.
    builder.WebHost.UseUrls("http://localhost:8000", "http://localhost:8001", "http://localhost:8002");
}
builder.AddInference();

var app = builder.Build();
app.MapInference();
app.Run();
