using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.ApplicationModel;

public class HealthTests
{
    private static IResourceBuilder<ExecutableResource> Web() => Models.Builder().AddExecutable("web", "true", ".").WithHttpEndpoint();

    [Fact]
    public void WithHttpHealthCheck_Key_IsAspires()
    {
        var web = Web().WithHttpHealthCheck("/health/ready", endpointName: "http");
        Assert.Equal("web_http_/health/ready_200_check", web.Resource.Annotations.OfType<HealthCheckAnnotation>().Single().Key);
    }

    [Fact]
    public void WithHttpHealthCheck_SameTwice_Throws()
    {
        var web = Web().WithHttpHealthCheck("/health");
        var error = Assert.Throws<DistributedApplicationException>(() => web.WithHttpHealthCheck("/health"));
        Assert.Contains("already has a health check with key 'web_http_/health_200_check'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithHttpProbe_SamePathAsHealthCheck_Throws()
    {
        var web = Web().WithHttpHealthCheck("/health");
        Assert.Throws<DistributedApplicationException>(() => web.WithHttpProbe(ProbeType.Readiness, "/health"));
    }

    [Fact]
    public void WithHttpProbe_NoSuchEndpoint_Throws()
    {
        var one = Models.Builder().AddExecutable("one", "true", ".");
        Assert.Throws<DistributedApplicationException>(() => one.WithHttpProbe(ProbeType.Liveness, "/live", endpointName: "http"));
    }

    [Fact]
    public void WithHttpProbe_Defaults_AreAspires()
    {
        var probe = Web().WithHttpProbe(ProbeType.Liveness).Resource.Annotations.OfType<EndpointProbeAnnotation>().Single();
        Assert.Equal(
            ("/", 5, 5, 1, 3, 1),
            (
                probe.Path,
                probe.InitialDelaySeconds,
                probe.PeriodSeconds,
                probe.TimeoutSeconds,
                probe.FailureThreshold,
                probe.SuccessThreshold
            )
        );
    }

    [Fact]
    public void WithHttpProbe_SameTypeAgain_ReplacesTheFirst()
    {
        var web = Web().WithHttpProbe(ProbeType.Liveness, "/a").WithHttpProbe(ProbeType.Liveness, "/b");
        Assert.Equal("/b", web.Resource.Annotations.OfType<EndpointProbeAnnotation>().Single().Path);
    }

    [Fact]
    public void WithHttpHealthCheck_BothSchemes_PrefersHttps()
    {
        var web = Web().WithEndpoint(scheme: "https", name: "https").WithHttpHealthCheck("/h");
        Assert.Equal("web_https_/h_200_check", web.Resource.Annotations.OfType<HealthCheckAnnotation>().Single().Key);
    }

    [Fact]
    public void WithHttpHealthCheck_NotHttp_Throws()
    {
        var one = Models.Builder().AddExecutable("one", "true", ".").WithEndpoint(name: "raw");
        Assert.Throws<DistributedApplicationException>(() => one.WithHttpHealthCheck("/h", endpointName: "raw"));
    }
}
