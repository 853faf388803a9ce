using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;

namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>
/// OpenTelemetry over the sources and meters that the framework and the libraries have built in. Nothing is collected for OTLP unless
/// OTEL_EXPORTER_OTLP_ENDPOINT is set; the exporter then reads the other OTEL_ variables itself.
/// </summary>
internal static class TelemetryServices
{
    internal const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    internal static void AddServiceTelemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration[EndpointKey]))
        {
            return;
        }

        // The framework describes its request spans (method, route, status) only when asked to.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        builder.Services.AddTransient<IStartupFilter, RequestSpanFilter>();
        var resource = CreateResource(builder.Configuration, serviceName);
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
            logs.SetResourceBuilder(resource);
            logs.AddOtlpExporter();
        });

        // Several services in one process would each report the process's spans; there, the first one does it for all.
        if (
            builder.Services.FirstOrDefault(s => s.ServiceType == typeof(ProcessTelemetry))?.ImplementationInstance
            is ProcessTelemetry shared
        )
        {
            if (!shared.TryClaim())
            {
                return;
            }

            resource = CreateResource(builder.Configuration, shared.ServiceName);
        }

        builder.Services.AddHostedService(services => new TelemetryProviders(services.GetRequiredService<IConfiguration>(), resource));
    }

    private static ResourceBuilder CreateResource(IConfiguration configuration, string serviceName)
    {
        var resource = ResourceBuilder.CreateDefault();
        // The default already carries OTEL_SERVICE_NAME from the environment; a name in code would replace it.
        return string.IsNullOrWhiteSpace(configuration["OTEL_SERVICE_NAME"])
            ? resource.AddService(serviceName, serviceNamespace: "slipway")
            : resource.AddService(configuration["OTEL_SERVICE_NAME"]!);
    }
}
