using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Tests.Json;

public sealed class JsonCursorTests
{
    private static readonly string[] s_samples =
    [
        """{"a":[1,2.5,-3e2,0,-0.0,1E+5,12345678901234567890123],"b":{"c":null,"d":[true,false,[],{}]},"e":"x\n\"\\\u00e9\ud83d\ude00é"}""",
        """ [ { "name" : "x" , "shape" : [ 1 , 2 ] , "data" : [ [ 1 ] , [ 2 ] ] } ] """,
        """{"instances":[{"temp":0.3,"season":"1"},{"temp":null,"season":""}],"signature_name":"serving_default"}""",
        "\"\"",
        "17",
    ];

    [Fact]
    public void Skip_MutatedJson_AcceptsWhatTheFrameworksReaderAccepts()
    {
        const int Seed = 20260101;
        var random = new Random(Seed);
        var alphabet = "{}[]:,\"\\ 0123456789-+.eEtruefalsn/u\n\0é"u8.ToArray();
        var accepted = 0;
        for (var i = 0; i < 60_000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(s_samples[random.Next(s_samples.Length)]).ToList();
            for (var change = random.Next(4); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(3))
                {
                    case 0:
                        bytes[at] = alphabet[random.Next(alphabet.Length)];
                        break;
                    case 1:
                        bytes.Insert(at, alphabet[random.Next(alphabet.Length)]);
                        break;
                    case 2 when bytes.Count > 1:
                        bytes.RemoveAt(at);
                        break;
                }
            }
            byte[] json = [.. bytes];
            var expected = FrameworkAccepts(json);
            accepted += expected ? 1 : 0;

            Assert.True(
                expected == Accepts(json),
                $"seed {Seed}, round {i}: {Encoding.UTF8.GetString(json)} should be {(expected ? "accepted" : "refused")}"
            );
        }
        Assert.InRange(accepted, 10_000, 50_000);
    }

    [Theory]
    [InlineData("[NaN]")]
    [InlineData("[Infinity,-Infinity]")]
    public void Skip_TokensOfNumericClients_AreAccepted(string json) => Assert.True(Accepts(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("[-NaN]")]
    [InlineData("[nan]")]
    [InlineData("[Inf]")]
    [InlineData("[+1]")]
    [InlineData("[.5]")]
    [InlineData("[1.]")]
    [InlineData("[01]")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":1,}")]
    [InlineData("[1 2]")]
    [InlineData("{\"a\" 1}")]
    [InlineData("{1:1}")]
    [InlineData("[\"\\ud800\"]")]
    [InlineData("[\"\\x\"]")]
    [InlineData("[\"a\nb\"]")]
    [InlineData("[")]
    [InlineData("[\"a")]
    [InlineData("[\"a\\")]
    [InlineData("")]
    [InlineData("[] []")]
    public void Skip_WrongText_IsRefused(string json) => Assert.False(Accepts(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void BeginArray_BeyondTheDepth_IsRefused()
    {
        Assert.True(Accepts("[[[]]]"u8.ToArray(), maxDepth: 3));
        Assert.False(Accepts("[[[[]]]]"u8.ToArray(), maxDepth: 3));
    }

    [Fact]
    public void ReadString_Escapes_AreResolved()
    {
        var cursor = new JsonCursor("\"a\\u0000\\n\\/\\u00e9\\ud83d\\ude00\""u8, 8);

        Assert.Equal("a\0\n/é😀", Encoding.UTF8.GetString(cursor.ReadString()));
        cursor.End();
    }

    [Fact]
    public void ReadNumber_AnyNumber_IsRoundedAsTheFrameworkDoes()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        for (var i = 0; i < 50_000; i++)
        {
            var text = random.Next(4) switch
            {
                0 => BitConverter
                    .Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue))
                    .ToString("R", CultureInfo.InvariantCulture),
                1 => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)).ToString("R", CultureInfo.InvariantCulture),
                2 => (random.NextDouble() * 1000).ToString("F" + random.Next(12), CultureInfo.InvariantCulture),
                _ => $"{random.NextInt64(-1_000_000_000_000_000_000, 1_000_000_000_000_000_000)}e{random.Next(-60, 60)}",
            };
            var expected = double.Parse(text, CultureInfo.InvariantCulture);
            if (!double.IsFinite(expected))
            {
                continue;
            }
            var bytes = Encoding.UTF8.GetBytes(text);
            var number = new JsonCursor(bytes, 8).ReadNumber();

            Assert.True(expected.Equals(number.ToDouble()), $"seed {Seed}: {text} read as {number.ToDouble():R}");
            Assert.True(
                float.Parse(text, CultureInfo.InvariantCulture).Equals(number.ToSingle()),
                $"seed {Seed}: {text} read as single {number.ToSingle():R}"
            );
        }
    }

    [Theory]
    [InlineData("0", 0UL, false)]
    [InlineData("-0", 0UL, false)]
    [InlineData("5.0", 5UL, false)]
    [InlineData("1.5e1", 15UL, false)]
    [InlineData("-12e2", 1200UL, true)]
    [InlineData("18446744073709551615", ulong.MaxValue, false)]
    public void TryToInteger_WholeNumber_IsExact(string text, ulong magnitude, bool isNegative)
    {
        var number = new JsonCursor(Encoding.UTF8.GetBytes(text), 8).ReadNumber();

        Assert.True(number.TryToInteger(out var actual, out var sign));
        Assert.Equal((magnitude, isNegative), (actual, sign));
    }

    [Theory]
    [InlineData("0.5")]
    [InlineData("1e-1")]
    [InlineData("18446744073709551616")]
    [InlineData("1e20")]
    [InlineData("1e99999999999")]
    [InlineData("NaN")]
    public void TryToInteger_FractionOrTooLarge_IsRefused(string text) =>
        Assert.False(new JsonCursor(Encoding.UTF8.GetBytes(text), 8).ReadNumber().TryToInteger(out _, out _));

    private static bool Accepts(byte[] json, int maxDepth = 64)
    {
        try
        {
            var cursor = new JsonCursor(json, maxDepth);
            cursor.Skip();
            cursor.End();
            return true;
        }
        catch (JsonFormatException)
        {
            return false;
        }
    }

    private static bool FrameworkAccepts(byte[] json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    // Only unescaping shows halves of surrogate pairs and invalid UTF-8.
                    reader.GetString();
                }
            }
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
