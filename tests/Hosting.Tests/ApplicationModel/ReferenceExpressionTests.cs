using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.ApplicationModel;

public class ReferenceExpressionTests
{
    [Fact]
    public async Task GetValueAsync_Holes_AreFilledAndEscapedWhereAsked()
    {
        var builder = Models.Builder();
        var password = builder.AddParameter("pw", "p@ss word", secret: true);
        var web = builder.AddExecutable("web", "true", ".").WithHttpEndpoint();
        Models.Allocate(web.Resource, "http", 1234);

        var expression = ReferenceExpression.Create($"{{x}}={password};{password.Resource:uri};{web.GetEndpoint("http")};{"a/b":uri}");

        Assert.Equal("{x}=p@ss word;p%40ss%20word;http://localhost:1234;a%2Fb", await expression.GetValueAsync(CancellationToken.None));
        Assert.Equal("{x}={pw.value};{pw.value};{web.bindings.http.url};a%2Fb", expression.ValueExpression);
    }

    [Fact]
    public async Task GetValueAsync_UnknownFormat_Throws()
    {
        var parameter = Models.Builder().AddParameter("p", "v");
        var expression = ReferenceExpression.Create($"{parameter.Resource:upper}");
        await Assert.ThrowsAsync<FormatException>(async () => await expression.GetValueAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Builder_Pieces_BecomeOneExpression()
    {
        var builder = new ReferenceExpressionBuilder();
        Assert.True(builder.IsEmpty);
        builder.AppendLiteral("a=");
        builder.AppendFormatted(Models.Builder().AddParameter("p", "1").Resource);
        Assert.Equal("a=1", await builder.Build().GetValueAsync(CancellationToken.None));
    }
}
