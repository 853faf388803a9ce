using System.CommandLine;
using Slipway.Quickstart;

var fast = new Option<bool>("--fast") { Description = "Replay three months instead of a year." };
var registry = UrlOption("--registry", "http://localhost:5000", "Registry.Api");
var inference = UrlOption("--inference", "http://localhost:8000", "Inference.Service");
var training = UrlOption("--training", "http://localhost:5030", "Training.Worker");
var monitoring = UrlOption("--monitoring", "http://localhost:5020", "Monitoring.Worker");
var name = new Option<string>("--name")
{
    Description = "Model and endpoint name; by default bike-demand, with a number where that is taken.",
};
var patience = new Option<int>("--patience-seconds")
{
    Description = "How long one step may take, restarts of services included.",
    DefaultValueFactory = _ => 180,
};

var command = new RootCommand("Slipway's loop on real data: train, promote, serve, log, join outcomes, find drift, retrain, promote again.")
{
    fast,
    registry,
    inference,
    training,
    monitoring,
    name,
    patience,
};
command.SetAction(
    async (arguments, cancellation) =>
    {
        var options = new QuickstartOptions
        {
            Registry = arguments.GetValue(registry)!,
            Inference = arguments.GetValue(inference)!,
            Training = arguments.GetValue(training)!,
            Monitoring = arguments.GetValue(monitoring)!,
            Name = arguments.GetValue(name),
            ReplayEnd = arguments.GetValue(fast) ? QuickstartOptions.FastEnd : QuickstartOptions.FullEnd,
            Patience = TimeSpan.FromSeconds(arguments.GetValue(patience)),
        };
        using var platform = new Platform(options, TimeProvider.System);
        return await new Story(options, platform, Console.Out).TellAsync(cancellation) ? 0 : 1;
    }
);
return await command.Parse(args).InvokeAsync();

static Option<Uri> UrlOption(string name, string standard, string service) =>
    new(name)
    {
        Description = $"Where {service} answers.",
        DefaultValueFactory = _ => new Uri(standard),
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value.TrimEnd('/') + "/", UriKind.Absolute, out var url))
            {
                return url;
            }
            result.AddError($"{name} takes an absolute URL, not '{result.Tokens[0].Value}'.");
            return null!;
        },
    };
