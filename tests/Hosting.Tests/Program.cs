using Aspire.Hosting;
using Slipway.Hosting.Tests.Fixtures;

// An AppHost for tests that need a process of its own: they name the model by an environment variable.
var builder = DistributedApplication.CreateBuilder(args);
SampleModels.Add(builder, Environment.GetEnvironmentVariable(SampleModels.Variable) ?? "");
await using var app = builder.Build();
await app.RunAsync();
