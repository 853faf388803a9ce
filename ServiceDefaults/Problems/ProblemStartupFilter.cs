using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Slipway.ServiceDefaults.Problems;

/// <summary>Puts the handling of errors around the whole pipeline of the service.</summary>
internal sealed class ProblemStartupFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.UseExceptionHandler();
            app.UseStatusCodePages();
            next(app);
        };
}
