using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.ApplicationModel;

public class WaitTests
{
    [Fact]
    public void WaitFor_Itself_Throws()
    {
        var one = Models.Builder().AddExecutable("one", "true", ".");
        Assert.Throws<DistributedApplicationException>(() => one.WaitFor(one));
    }

    [Fact]
    public void WaitFor_Child_WaitsForItsParentToo()
    {
        var builder = Models.Builder();
        var database = builder.AddPostgres("postgres").AddDatabase("db");
        var one = builder.AddExecutable("one", "true", ".").WaitFor(database);
        Assert.Equal(["postgres", "db"], one.Resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource.Name));
    }

    [Fact]
    public void WaitForCompletion_ExitCode_IsKept()
    {
        var builder = Models.Builder();
        var job = builder.AddExecutable("job", "true", ".");
        var wait = builder
            .AddExecutable("one", "true", ".")
            .WaitForCompletion(job, 3)
            .Resource.Annotations.OfType<WaitAnnotation>()
            .Single();
        Assert.Equal((WaitType.WaitForCompletion, 3), (wait.WaitType, wait.ExitCode));
    }
}
