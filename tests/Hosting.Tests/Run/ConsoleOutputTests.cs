using Aspire.Hosting.Run;

namespace Slipway.Hosting.Tests.Run;

public class ConsoleOutputTests
{
    [Fact]
    public void WriteLine_TerminalGone_DoesNotThrow()
    {
        using var writer = new BrokenWriter();
        new ConsoleOutput(writer, color: false).WriteLine("one", "text");
        new ConsoleOutput(writer, color: false).WriteLine("text");
        Assert.Equal(2, writer.Attempts);
    }

    private sealed class BrokenWriter : StringWriter
    {
        public int Attempts { get; private set; }

        public override void WriteLine(string? value)
        {
            Attempts++;
            throw new IOException("Input/output error");
        }
    }
}
