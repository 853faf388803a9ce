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
        // A thread of its own: training keeps the thread pool busy for minutes. Nobody waits for it, since a console's read cannot be cancelled.
        new Thread(() => Watch(input, stop)) { IsBackground = true, Name = "parent watch" }.Start();
        return await TrainingRunner.RunAsync(specPath, events, stop.Token);
    }

    private static void Watch(Stream input, CancellationTokenSource stop)
    {
        var buffer = new byte[256];
        try
        {
            while (input.Read(buffer) > 0)
            {
                // What the parent writes has no meaning.
            }
        }
        catch (IOException)
        {
            // A broken pipe ends the run as its end does.
        }
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run had ended before.
        }
    }
}
