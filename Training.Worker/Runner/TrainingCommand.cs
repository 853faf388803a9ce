namespace Slipway.Training.Worker.Runner;

/// <summary>
/// The command line <c>run --spec FILE</c> of a training process. Its standard input is the lifeline to the parent: when that ends, the
/// parent is gone, and the run stops by itself.
/// </summary>
internal static class TrainingCommand
{
    public const string Name = "run";

    public static async Task<int> RunAsync(string[] args, Stream input, TextWriter events, CancellationToken cancellationToken)
    {
        if (args is not [Name, "--spec", var specPath])
        {
            await Console.Error.WriteLineAsync("usage: run --spec FILE");
            return ExitCodes.BadInput;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Nobody waits for it: a console's read cannot be cancelled, and the process must end without it.
        _ = Task.Run(() => WatchAsync(input, stop, watching.Token), CancellationToken.None);
        try
        {
            return await TrainingRunner.RunAsync(specPath, events, stop.Token);
        }
        finally
        {
            await watching.CancelAsync();
        }
    }

    private static async Task WatchAsync(Stream input, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        var buffer = new byte[256];
        try
        {
            while (await input.ReadAsync(buffer, cancellationToken) > 0)
            {
                // What the parent writes has no meaning.
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (IOException)
        {
            // A broken pipe ends the run as its end does.
        }
        if (!cancellationToken.IsCancellationRequested)
        {
            await stop.CancelAsync();
        }
    }
}
