using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>Reads <see cref="LogicalUnitFacts"/>. What a target lacks costs nothing but the facts in it.</summary>
/// <param name="runner">Runs the commands.</param>
internal sealed class FactReader(CommandRunner runner)
{
    private const int ShortPage = 252;
    private const int StandardInquiryBytes = StandardInquiryData.Length;
    private const ushort AllModes = 4096;
    private const byte FewModes = 252;
    private const uint LargestBlock = 1 << 24;

    /// <summary>Reads all.</summary>
    /// <exception cref="ScsiException">The LUN has no logical unit, or its INQUIRY data cannot be had.</exception>
    public async ValueTask<LogicalUnitFacts> ReadAsync(CancellationToken cancellationToken)
    {
        StandardInquiryData inquiry = await InquiryAsync(cancellationToken).ConfigureAwait(false);
        LogicalUnitFacts facts = new() { Inquiry = inquiry };
        ReadOnlyMemory<byte> supported = await PageAsync(PageCodes.Vpd.SupportedPages, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<byte> pages = VitalPage.ParseSupported(supported.Span) ?? [];
        facts = facts with { VitalPages = pages };
        foreach (byte page in pages)
        {
            if (page is PageCodes.Vpd.UnitSerialNumber or PageCodes.Vpd.DeviceIdentification or PageCodes.Vpd.ExtendedInquiry
                or PageCodes.Vpd.BlockLimits or PageCodes.Vpd.BlockDeviceCharacteristics or PageCodes.Vpd.LogicalBlockProvisioning)
            {
                facts = With(facts, page, await PageAsync(page, cancellationToken).ConfigureAwait(false));
            }
        }

        facts = facts with { Modes = await ModesAsync(cancellationToken).ConfigureAwait(false) };
        return await WithCapacityAsync(facts, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The facts with the capacity as it is now, or with the reason why there is none.</summary>
    public async ValueTask<LogicalUnitFacts> WithCapacityAsync(LogicalUnitFacts facts, CancellationToken cancellationToken)
    {
        try
        {
            // In MMC the operation code of READ CAPACITY(16) is free, and that of MAINTENANCE IN is SEND KEY: no drive is asked what it could mistake.
            facts = facts.IsCdDvd ? facts with { Profile = await ProfileAsync(cancellationToken).ConfigureAwait(false) } : facts;
            CapacityData16 capacity = await CapacityAsync(hasSixteen: !facts.IsCdDvd, cancellationToken).ConfigureAwait(false);
            return !IsPossible(capacity)
                ? facts with { Capacity = null, CapacityProblem = $"{runner.Settings.Name}: the target reports blocks of {capacity.BlockBytes} bytes up to {capacity.LastLba}, which no disk has" }
                : facts with { Capacity = capacity, CapacityProblem = null };
        }
        catch (ScsiException e)
        {
            return facts with { Capacity = null, CapacityProblem = e.Message };
        }
    }

    /// <summary>Mode parameters, all pages; null when the target has no MODE SENSE that answers.</summary>
    public async ValueTask<ModeParameters?> ModesAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>? ten = await TryAsync("MODE SENSE(10)", PrimaryCdbs.ModeSense10(PageCodes.Mode.All, 0, PageValues.Current, AllModes), AllModes, cancellationToken)
            .ConfigureAwait(false);
        if (ten is { } data && ModeParameters.Parse10(data) is { } modes)
        {
            return modes;
        }

        ReadOnlyMemory<byte>? six = await TryAsync("MODE SENSE(6)", PrimaryCdbs.ModeSense6(PageCodes.Mode.All, 0, PageValues.Current, FewModes), FewModes, cancellationToken)
            .ConfigureAwait(false);
        return six is { } few ? ModeParameters.Parse6(few) : null;
    }

    /// <summary>A vital product data page, whole; empty when the target does not have it.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> PageAsync(byte page, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> data = await TryAsync("INQUIRY", PrimaryCdbs.InquiryPage(page, ShortPage), ShortPage, cancellationToken).ConfigureAwait(false) ?? default;
        int length = Math.Min(VitalPage.LengthOf(data.Span), ushort.MaxValue);
        // Old targets read one byte of the allocation length, so that a long page is asked for only where it has been announced.
        return length <= ShortPage
            ? data
            : await TryAsync("INQUIRY", PrimaryCdbs.InquiryPage(page, (ushort)length), length, cancellationToken).ConfigureAwait(false) ?? data;
    }

    // Whoever computes with it need not fear an overflow.
    private static bool IsPossible(in CapacityData16 capacity) =>
        capacity.BlockBytes is > 0 and <= LargestBlock && capacity.LastLba < (ulong)long.MaxValue / capacity.BlockBytes;

    private static LogicalUnitFacts With(LogicalUnitFacts facts, byte code, ReadOnlyMemory<byte> page) => code switch
    {
        PageCodes.Vpd.UnitSerialNumber => facts with { Serial = VitalPage.ParseSerial(page.Span) },
        PageCodes.Vpd.DeviceIdentification => facts with { Designators = Designator.ParsePage(page.Span) ?? [] },
        PageCodes.Vpd.ExtendedInquiry => facts with { Extended = ExtendedInquiryPage.Parse(page.Span) },
        PageCodes.Vpd.BlockLimits => facts with { Limits = BlockLimitsPage.Parse(page.Span) },
        PageCodes.Vpd.BlockDeviceCharacteristics => facts with { Characteristics = BlockDeviceCharacteristicsPage.Parse(page.Span) },
        _ => facts with { Provisioning = LogicalBlockProvisioningPage.Parse(page.Span) },
    };

    private async ValueTask<StandardInquiryData> InquiryAsync(CancellationToken cancellationToken)
    {
        byte[] data = new byte[StandardInquiryBytes];
        ScsiRequest request = runner.Request(PrimaryCdbs.Inquiry(StandardInquiryBytes), Repeat.Allowed) with { DataIn = data };
        ScsiResult result = await runner.RunAsync("INQUIRY", request, cancellationToken).ConfigureAwait(false);
        StandardInquiryData inquiry = StandardInquiryData.Parse(data.AsSpan(0, Math.Clamp(result.DataInBytes, 0, data.Length)))
            ?? throw new ScsiException("INQUIRY", result, $"{runner.Settings.Name}: INQUIRY gave {result.DataInBytes} bytes, too few to tell what the unit is; look at the target");
        return inquiry.Qualifier == StandardInquiryData.NoUnitQualifier
            ? throw new ScsiException("INQUIRY", result, $"{runner.Settings.Name}: the target has no logical unit at this LUN; list its LUNs")
            : inquiry;
    }

    private async ValueTask<ushort?> ProfileAsync(CancellationToken cancellationToken)
    {
        const int length = DriveConfiguration.HeaderLength;
        ReadOnlyMemory<byte>? data = await TryAsync("GET CONFIGURATION", DriveConfiguration.Request(0, length), length, cancellationToken).ConfigureAwait(false);
        return data is { } header ? DriveConfiguration.Parse(header.Span)?.CurrentProfile : null;
    }

    private async ValueTask<CapacityData16> CapacityAsync(bool hasSixteen, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> data = default;
        try
        {
            data = !hasSixteen ? data : await runner.FetchAsync("READ CAPACITY(16)", BlockCdbs.ReadCapacity16(), CapacityData16.Length, cancellationToken).ConfigureAwait(false);
        }
        catch (ScsiException e) when (IsUnknown(e))
        {
            data = default;
        }

        if (CapacityData16.Parse(data.Span) is { } sixteen)
        {
            return sixteen;
        }

        data = await runner.FetchAsync("READ CAPACITY(10)", BlockCdbs.ReadCapacity10(), CapacityData10.Length, cancellationToken).ConfigureAwait(false);
        return CapacityData10.Parse(data.Span) is { } ten ? new CapacityData16(ten.LastLba, ten.BlockBytes, 0, false, false) : default;
    }

    private async ValueTask<ReadOnlyMemory<byte>?> TryAsync(string operation, Cdb cdb, int mostBytes, CancellationToken cancellationToken)
    {
        try
        {
            return await runner.FetchAsync(operation, cdb, mostBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (ScsiException)
        {
            // The target does not have it, or not now: a fact that is missing is one that nobody may count on.
            return null;
        }
    }

    /// <summary>The target does not offer what was asked for.</summary>
    internal static bool IsUnknown(ScsiException e) => SenseData.Parse(e.Result.Sense.Span) is { Key: SenseKey.IllegalRequest };

    /// <summary>The target does not know the operation code.</summary>
    internal static bool IsUnknownCommand(ScsiException e) => SenseData.Parse(e.Result.Sense.Span) is { Key: SenseKey.IllegalRequest, Asc: 0x20, Ascq: 0 };
}
