using Blockwire.Cli.Clients;
using Blockwire.Cli.Copying;
using Blockwire.Initiator;
using Blockwire.Storage;

namespace Blockwire.Cli.Serving;

/// <summary>A logical unit at another target as a disk: to share it again, or as a member of a stripe or a mirror.</summary>
internal static class IscsiDisk
{
    private const string Scheme = "iscsi";
    private const string Place = "iscsi://host/iqn.2026-11.local.blockwire:any/0";

    /// <summary>The row of the catalogue.</summary>
    public static DiskType Type { get; } = new(Scheme, DiskBody.Own, OpenAsync)
    {
        IsRemote = true,
        ReadName = static body =>
        {
            string url = IscsiUrl.Parse($"{Scheme}:{body}", IscsiUrlPart.LogicalUnit, ClientRun.Variable).ToString();
            return url[(Scheme.Length + 1)..];
        },
        OwnOptions =
        [
            Option("erl", "erl=0, erl=1 or erl=2"),
            Option("header-digest", "header-digest=none, prefer or require"),
            Option("data-digest", "data-digest=none, prefer or require"),
            Option("connections", "connections=N with N from 1 to 32"),
            Option("initiator", "initiator=NAME, such as iqn.2026-11.local.blockwire:host"),
            Option("portal", "portal=HOST[:PORT]"),
            Option("quirks", "quirks=unanswered-keys,no-chap-sha256"),
            DiskOption.Own("target-user", "target-user=NAME", static value => !string.IsNullOrEmpty(value)),
            DiskOption.Own("target-password", "target-password=SECRET", static value => !string.IsNullOrEmpty(value)),
        ],
        WithoutOptions = ["block"],
    };

    // The URL knows what its options may be.
    private static DiskOption Option(string name, string allowed) =>
        DiskOption.Own(name, allowed, value => value is not null && IscsiUrl.TryParse($"{Place}?{name}={Uri.EscapeDataString(value)}", IscsiUrlPart.LogicalUnit, static _ => null, out _, out _));

    private static async ValueTask<DiskMedium> OpenAsync(DiskSpec spec, DiskCatalog catalog, DiskOpening opening, CancellationToken cancellationToken)
    {
        IscsiUrl? url = null;
        try
        {
            url = Url(spec);
            ConnectorSettings settings = ConnectorSettings.FromEnvironment(ClientRun.Variable, Environment.MachineName, out _) with { Time = opening.Time };
            ConnectedUnit connected = await new IscsiConnector(settings).OpenUnitAsync(url, cancellationToken);
            try
            {
                LogicalUnitDisk disk = await LogicalUnitDisk.OpenAsync(connected.Unit, connected, cancellationToken);
                return new DiskMedium(disk, UnitEnd.IdentityOf(url, connected.Unit.Facts));
            }
            catch
            {
                await connected.DisposeAsync();
                throw;
            }
        }
        catch (Exception failure) when (failure is not (DiskOpenException or OperationCanceledException) && ClientFailures.Parts(failure, url) is { Message: { } message, Advice: var advice })
        {
            throw new DiskOpenException(spec.ToString(), message, advice ?? "see the target's log", failure);
        }
    }

    private static IscsiUrl Url(DiskSpec spec)
    {
        int question = spec.Text.IndexOf('?', StringComparison.Ordinal);
        string place = question < 0 ? spec.Text : spec.Text[..question];
        string options = string.Join('&', spec.OwnOptions.Select(static option => $"{option.Key}={Uri.EscapeDataString(option.Value ?? "")}"));
        return IscsiUrl.Parse(options.Length == 0 ? place : $"{place}?{options}", IscsiUrlPart.LogicalUnit, ClientRun.Variable);
    }
}
