using Aspire.Hosting.Kubernetes.Resources;

/// <summary>Where a service keeps its files in a cluster: a claim of its own, or space that goes with the pod.</summary>
internal static class KubernetesStorage
{
    private const string MountPath = "/data";

    /// <summary>Gives the service storage that outlives its pods. One pod at a time may hold it, so an update stops the old one first.</summary>
    public static IResourceBuilder<ProjectResource> PublishWithClaim(this IResourceBuilder<ProjectResource> builder, string size) =>
        builder.PublishAsKubernetesService(service =>
        {
            var claim = new PersistentVolumeClaim { Metadata = { Name = $"{service.Name}-data" } };
            claim.Spec.AccessModes.Add("ReadWriteOnce");
            claim.Spec.Resources.Requests["storage"] = size;
            service.AdditionalResources.Add(claim);
            Mount(
                service,
                new VolumeV1 { PersistentVolumeClaim = new PersistentVolumeClaimVolumeSourceV1 { ClaimName = claim.Metadata.Name } }
            );
            ((Deployment)service.Workload!).Spec.Strategy = new DeploymentStrategyV1 { Type = "Recreate" };
        });

    /// <summary>Gives each pod of the service space of its own, which survives a crash of the container but not the pod.</summary>
    public static IResourceBuilder<ProjectResource> PublishWithScratch(this IResourceBuilder<ProjectResource> builder, string limit) =>
        builder.PublishAsKubernetesService(service =>
            Mount(service, new VolumeV1 { EmptyDir = new EmptyDirVolumeSourceV1 { SizeLimit = limit } })
        );

    private static void Mount(Aspire.Hosting.Kubernetes.KubernetesResource service, VolumeV1 volume)
    {
        volume.Name = "data";
        var pod = service.Workload!.PodTemplate.Spec;
        pod.Volumes.Add(volume);
        pod.Containers[0].VolumeMounts.Add(new VolumeMountV1 { Name = volume.Name, MountPath = MountPath });
        service.ConfigMap!.Data["Slipway__DataPath"] = MountPath;
    }
}
