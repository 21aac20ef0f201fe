using System.Globalization;
using Blockwire.Cli.Clients;
using Blockwire.Cli.Serving;
using Blockwire.Initiator;
using Blockwire.Storage;

namespace Blockwire.Cli.Copying;

/// <summary>Opens what a copy names: a URL, or any disk of the catalogue.</summary>
internal static class CopyEnds
{
    /// <summary>What is wrong with a text that names an end of a copy; null when nothing is.</summary>
    public static string? Problem(string text)
    {
        if (IsUrl(text))
        {
            return IscsiUrl.TryParse(text, IscsiUrlPart.LogicalUnit, ClientRun.Variable, out _, out string? error) ? null : error;
        }

        try
        {
            return KnownDisks.Catalog.Parse(text).IsEmpty ? $"'{text}' is a drive without a disc; name an image, cdrom:PATH" : null;
        }
        catch (DiskSpecException problem)
        {
            return problem.Message;
        }
    }

    public static async Task<CopyEnd> OpenSourceAsync(ClientContext context, string text, CancellationToken stop)
    {
        if (IsUrl(text))
        {
            return await UnitEnd.OpenAsync(context, Url(text), stop);
        }

        DiskSpec spec = KnownDisks.Catalog.Parse(text);
        if (!spec.ReadOnly)
        {
            spec = KnownDisks.Catalog.Parse(KnownDisks.Catalog.WithOptions(text, "readonly"));
        }

        string version = spec.Path is { } path && File.Exists(path) ? File.GetLastWriteTimeUtc(path).ToString("O", CultureInfo.InvariantCulture) : "";
        return await OpenAsync(spec, version, isNew: false, stop);
    }

    /// <param name="context">What the command works with.</param>
    /// <param name="text">The target as it was written.</param>
    /// <param name="length">Bytes of the file that is made when the target is one and missing.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<CopyEnd> OpenTargetAsync(ClientContext context, string text, long length, CancellationToken stop)
    {
        if (IsUrl(text))
        {
            return await UnitEnd.OpenAsync(context, Url(text), stop);
        }

        DiskSpec spec = KnownDisks.Catalog.Parse(text);
        bool isMissing = spec is { Scheme: "file", Path: { } path } && !Path.Exists(path);
        if (isMissing && spec.SizeBytes is null)
        {
            spec = KnownDisks.Catalog.Parse(KnownDisks.Catalog.WithOptions(text, string.Create(CultureInfo.InvariantCulture, $"size={length}")));
        }

        return await OpenAsync(spec, "", isMissing || spec.Type.IsVolatile, stop);
    }

    /// <summary>Does the text name a logical unit?</summary>
    public static bool IsUrl(string text) => text.StartsWith("iscsi://", StringComparison.OrdinalIgnoreCase);

    private static IscsiUrl Url(string text) => IscsiUrl.Parse(text, IscsiUrlPart.LogicalUnit, ClientRun.Variable);

    private static async Task<CopyEnd> OpenAsync(DiskSpec spec, string version, bool isNew, CancellationToken stop)
    {
        OpenDisk disk = await KnownDisks.Catalog.OpenAsync(spec, cancellationToken: stop);
        string place = spec.Path is { } path ? Path.GetFullPath(path) : spec.ToString();
        return new CopyEnd(disk.Device, spec.ToString(), disk.Identity is { } identity ? $"{place} {identity}" : place, disk) { Version = version, IsNew = isNew };
    }
}
