using System.Globalization;
using System.Text;

namespace Slipway.Testing.Fuzzing;

/// <summary>Makes JSON by its grammar: well-formed, of any shape, with the names that matter strewn in.</summary>
public sealed class JsonGenerator(params string[] names)
{
    private const int MaxDepth = 6;

    public byte[] Next(Random random)
    {
        var text = new StringBuilder();
        Write(text, random, 0);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Write(StringBuilder text, Random random, int depth)
    {
        // Objects first: everything that is served is one.
        var kind = depth == 0 ? random.Next(20) : random.Next(4, depth < MaxDepth ? 20 : 12);
        switch (kind)
        {
            case < 4 or > 16:
                WriteMany(text, random, depth, '{', '}');
                break;
            case > 11:
                WriteMany(text, random, depth, '[', ']');
                break;
            case 4:
                text.Append("null");
                break;
            case 5:
                text.Append(random.Next(2) == 0 ? "true" : "false");
                break;
            case 6 or 7:
                WriteText(text, random);
                break;
            case 8:
                text.Append(random.Next(-3, 40));
                break;
            case 9:
                text.Append(random.NextInt64(long.MinValue, long.MaxValue));
                break;
            case 10:
                text.Append(
                    ((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-320, 309))).ToString("R", CultureInfo.InvariantCulture)
                );
                break;
            default:
                text.Append('"').Append(names[random.Next(names.Length)]).Append('"');
                break;
        }
    }

    private void WriteMany(StringBuilder text, Random random, int depth, char open, char close)
    {
        text.Append(open);
        for (var count = random.Next(5); count > 0; count--)
        {
            if (open == '{')
            {
                text.Append('"').Append(names[random.Next(names.Length)]).Append("\":");
            }
            Write(text, random, depth + 1);
            text.Append(count > 1 ? "," : "");
        }
        text.Append(close);
    }

    private static void WriteText(StringBuilder text, Random random)
    {
        string[] parts = ["a", "\\u0000", "\\ud83d\\ude00", "\\ud800", "\\n", "é", "\\\"", "1", " ", "\\u00e9", "日"];
        text.Append('"');
        for (var count = random.Next(6); count > 0; count--)
        {
            text.Append(parts[random.Next(parts.Length)]);
        }
        text.Append('"');
    }
}
