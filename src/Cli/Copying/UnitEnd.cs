using Blockwire.Cli.Clients;
using Blockwire.Cli.Transfers;
using Blockwire.Initiator;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Cli.Copying;

/// <summary>A logical unit as an end of a copy: its failures tell what the target said.</summary>
internal sealed class UnitEnd : CopyEnd
{
    private readonly ClientContext _context;
    private readonly LogicalUnit _unit;

    private UnitEnd(ClientContext context, IBlockDevice device, ConnectedUnit connected, string identity)
        : base(device, connected.Unit.Name, identity, connected) => (_context, _unit) = (context, connected.Unit);

    /// <summary>Opens the unit of a URL.</summary>
    public static async Task<UnitEnd> OpenAsync(ClientContext context, IscsiUrl url, CancellationToken stop)
    {
        ConnectedUnit connected = await context.Connector.OpenUnitAsync(url, stop);
        try
        {
            IBlockDevice device = await LogicalUnitDisk.OpenWholeAsync(connected.Unit, owned: null, stop);
            return new UnitEnd(context, device, connected, IdentityOf(url, connected.Unit.Facts));
        }
        catch
        {
            await connected.DisposeAsync();
            throw;
        }
    }

    public override Task ReadAsync(long offset, Memory<byte> into, CancellationToken cancellationToken) =>
        _unit.ReadAsync((ulong)(offset / BlockBytes), into, cancellationToken).AsTask();

    public override Task WriteAsync(long offset, ReadOnlyMemory<byte> from, CancellationToken cancellationToken) =>
        _unit.WriteAsync((ulong)(offset / BlockBytes), from, cancellationToken: cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => UnitFlush.FlushAsync(_unit, _context.Logger, cancellationToken);

    /// <summary>A unit has the same designator whatever way leads to it; one without is known by its place.</summary>
    public static string IdentityOf(IscsiUrl url, LogicalUnitFacts facts) =>
        facts.Designators.FirstOrDefault(static one => one is { Association: DesignatorAssociation.LogicalUnit, Type: DesignatorType.Naa or DesignatorType.Eui64 }) is { } one
            ? DesignatorText.Of(one)
            : $"{url.TargetName}/{url.Lun} {facts.Serial}";
}
