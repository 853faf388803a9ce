namespace Aspire.Hosting.Run;

/// <summary>Writes whole lines, each with the name of the resource that it comes from.</summary>
internal sealed class ConsoleOutput(TextWriter writer, bool color)
{
    private static readonly int[] s_colors = [36, 32, 33, 35, 34, 96, 92, 93, 95, 94];
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _colorByName = [];

    public static ConsoleOutput ForTerminal() =>
        new(Console.Out, !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    public void WriteLine(string text)
    {
        lock (_lock)
        {
            Write(text);
        }
    }

    public void WriteLine(string resource, string text)
    {
        lock (_lock)
        {
            Write($"{Prefix(resource)} {text}");
        }
    }

    private void Write(string line)
    {
        try
        {
            writer.WriteLine(line);
            writer.Flush();
        }
        catch (IOException)
        {
            // The terminal was closed. Everything still has to be stopped in order, and programs must not block on output that nobody takes.
        }
    }

    private string Prefix(string resource)
    {
        if (!color)
        {
            return $"[{resource}]";
        }

        if (!_colorByName.TryGetValue(resource, out var code))
        {
            code = _colorByName[resource] = s_colors[_colorByName.Count % s_colors.Length];
        }

        return $"\e[{code}m[{resource}]\e[0m";
    }
}
