using Slipway.Training.Worker;
using Slipway.Training.Worker.Runner;

// A training process: this very program, started by the service for one job.
if (args is [TrainingCommand.Name, ..])
{
    return await TrainingCommand.RunAsync(args, Console.OpenStandardInput(), Console.Out, CancellationToken.None);
}

var builder = WebApplication.CreateBuilder(args);
builder.AddTraining();

var app = builder.Build();
app.MapTraining();
await app.RunAsync();
return 0;
