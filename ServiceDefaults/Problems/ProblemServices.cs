using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>Answers every error of a service as problem details.</summary>
internal static class ProblemServices
{
    internal static void AddServiceProblems(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.Replace(ServiceDescriptor.Singleton<IProblemDetailsService, LastWriterWinsProblemDetailsService>());
        services.AddExceptionHandler<UnhandledExceptionHandler>();
        // Outside Development the default is a 400 without a body: the caller would never learn what was wrong.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddTransient<IStartupFilter, ProblemStartupFilter>();
    }
}
