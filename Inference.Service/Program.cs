using Slipway.Inference.Service;

var builder = WebApplication.CreateBuilder(args);
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
