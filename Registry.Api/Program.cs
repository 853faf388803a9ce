using Aspire.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Slipway.Registry.Api;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Alone;

var line = CommandLine.Parse(args);
if (line.Help || line.Problem is not null)
{
    await (line.Help ? Console.Out : Console.Error).WriteLineAsync(line.Problem ?? CommandLine.Usage);
    return line.Help ? 0 : 2;
}
try
{
    var builder = WebApplication.CreateBuilder(line.Settings);
    // Why it could not start is said once, below, in words.
    builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
    await using var servers = await OwnServers.StartAsync(builder, line, CancellationToken.None);
    builder.AddRegistry();

    var app = builder.Build();
    app.MapRegistry();
    await app.RunAsync();
    return 0;
}
catch (Exception e)
    when (e is DistributedApplicationException or AccessRefusedException or OptionsValidationException
        || e is IOException { InnerException: AddressInUseException }
    )
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
