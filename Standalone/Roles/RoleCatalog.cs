using Slipway.Dashboard;
using Slipway.Inference.Service;
using Slipway.Monitoring.Worker;
using Slipway.Registry.Api;
using Slipway.Training.Worker;

namespace Slipway.Standalone.Roles;

/// <summary>All roles, at the ports that their users know.</summary>
internal static class RoleCatalog
{
    internal static IReadOnlyList<Role> All { get; } =
    [
        new(
            "registry",
            "Registry.Api",
            [new("http", "http://localhost:5000")],
            builder => builder.AddRegistry(),
            app => app.MapRegistry(),
            StopOrder: 2
        ),
        new(
            "monitoring",
            "Monitoring.Worker",
            [new("http", "http://localhost:5020")],
            builder => builder.AddMonitoring(),
            app => app.MapMonitoring(),
            StopOrder: 1
        ),
        new(
            "training",
            "Training.Worker",
            [new("http", "http://localhost:5030")],
            builder => builder.AddTraining(),
            app => app.MapTraining(),
            StopOrder: 1
        ),
        new(
            "inference",
            "Inference.Service",
            [new("http", "http://localhost:8000"), new("grpc", "http://localhost:8001"), new("metrics", "http://localhost:8002")],
            builder => builder.AddInference(),
            app => app.MapInference(),
            StopOrder: 0
        ),
        new(
            "dashboard",
            "Dashboard",
            [new("http", "http://localhost:8088")],
            builder => builder.AddDashboard(),
            app => app.MapDashboard(),
            StopOrder: 0
        ),
    ];
}
