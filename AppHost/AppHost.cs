#pragma warning disable ASPIREPROBES001 // Probes are experimental in Aspire; the chart needs them. A probe is a health check, too.

var builder = DistributedApplication.CreateBuilder(args);

builder
    .AddKubernetesEnvironment("k8s")
    .WithHelm(chart =>
        chart.WithChartName("slipway").WithChartVersion("0.1.0").WithChartDescription("Slipway: train, register, serve and watch models")
    )
    .WithDashboard(false);

var postgres = builder.AddPostgres("postgres").WithDataVolume();
var registryDb = postgres.AddDatabase("registrydb", "registry");
var trainingDb = postgres.AddDatabase("trainingdb", "training");
var monitoringDb = postgres.AddDatabase("monitoringdb", "monitoring");

var rabbitmq = builder.AddRabbitMQ("rabbitmq").WithDataVolume();

var registry = builder
    .AddProject<Projects.Registry_Api>("registry")
    .WithHttpEndpoint(port: 5000, name: "http")
    .WithExternalHttpEndpoints()
    .WithHttpProbe(ProbeType.Liveness, "/health/live", endpointName: "http")
    .WithHttpProbe(ProbeType.Readiness, "/health/ready", endpointName: "http")
    .WithReference(registryDb)
    .WithReference(rabbitmq)
    .WaitFor(registryDb)
    .WaitFor(rabbitmq)
    .PublishWithClaim("20Gi");

var inference = builder
    .AddProject<Projects.Inference_Service>("inference")
    .WithHttpEndpoint(port: 8000, name: "http")
    .WithHttpEndpoint(port: 8001, name: "grpc")
    .WithHttpEndpoint(port: 8002, name: "metrics")
    .WithExternalHttpEndpoints()
    .WithHttpProbe(ProbeType.Liveness, "/health/live", endpointName: "http")
    .WithHttpProbe(ProbeType.Readiness, "/health/ready", endpointName: "http")
    .WithReference(rabbitmq)
    .WithReference(registry)
    .WaitFor(rabbitmq)
    .WaitFor(registry)
    .PublishWithScratch("10Gi");
inference.WithEnvironment("Inference__Grpc__Port", inference.GetEndpoint("grpc").Property(EndpointProperty.TargetPort));

var monitoring = builder
    .AddProject<Projects.Monitoring_Worker>("monitoring")
    .WithHttpEndpoint(port: 5020, name: "http")
    .WithHttpProbe(ProbeType.Liveness, "/health/live", endpointName: "http")
    .WithHttpProbe(ProbeType.Readiness, "/health/ready", endpointName: "http")
    .WithReference(monitoringDb)
    .WithReference(rabbitmq)
    .WithReference(registry)
    .WaitFor(monitoringDb)
    .WaitFor(rabbitmq)
    .WaitFor(registry);

var training = builder
    .AddProject<Projects.Training_Worker>("training")
    .WithHttpEndpoint(port: 5030, name: "http")
    .WithHttpProbe(ProbeType.Liveness, "/health/live", endpointName: "http")
    .WithHttpProbe(ProbeType.Readiness, "/health/ready", endpointName: "http")
    .WithReference(trainingDb)
    .WithReference(rabbitmq)
    .WithReference(registry)
    .WithReference(monitoring)
    .WaitFor(trainingDb)
    .WaitFor(rabbitmq)
    .WaitFor(registry)
    .PublishWithScratch("20Gi");

// A promotion may ask monitoring for open alerts; while it is away the promotion waits.
registry.WithReference(monitoring);

// Monitoring asks training for new versions, and training reads monitoring's data: neither waits for the other.
monitoring.WithReference(training);

// The registry follows lineage into training, too; while a neighbour is away its answers say so.
registry.WithReference(training);

var dashboard = builder
    .AddProject<Projects.Dashboard>("dashboard")
    .WithHttpEndpoint(port: 8088, name: "http")
    .WithExternalHttpEndpoints()
    .WithHttpProbe(ProbeType.Liveness, "/health/live", endpointName: "http")
    .WithHttpProbe(ProbeType.Readiness, "/health/ready", endpointName: "http")
    .WithReference(registry)
    .WithReference(inference)
    .WithReference(training)
    .WithReference(monitoring)
    .WaitFor(registry);

// On this machine the registry listens on loopback, and everybody may do everything; in a cluster everybody shows who they are.
if (builder.ExecutionContext.IsPublishMode)
{
    registry.PublishWithAccessControl(
        builder,
        [(inference, "reader"), (monitoring, "reader"), (training, "trainer"), (dashboard, "reader")]
    );
}

await builder.Build().RunAsync();
