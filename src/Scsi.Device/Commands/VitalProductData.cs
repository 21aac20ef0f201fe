using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>Writes a page into cleared bytes; returns its length in bytes.</summary>
internal delegate int VitalPageWriter(ScsiTargetDevice device, ScsiCommand command, Span<byte> into);

/// <summary>A vital product data page.</summary>
/// <param name="Code">Page code.</param>
/// <param name="OnlyThin">Only logical units with provisioning management have it.</param>
/// <param name="Write">Writes it.</param>
/// <param name="OnlyDisks">CD/DVD drives do not have it.</param>
internal sealed record VitalPage(byte Code, bool OnlyThin, VitalPageWriter Write, bool OnlyDisks = false)
{
    /// <summary>Has a logical unit the page?</summary>
    public bool IsOf(LogicalUnit unit) => (unit.Thin || !OnlyThin) && (unit.Type == LogicalUnitType.Disk || !OnlyDisks);
}

/// <summary>The vital product data pages (SPC-4 §7.8, SBC-3 §6.6).</summary>
internal static class VitalProductData
{
    private const int HeaderLength = 4;
    private const int LongPage = 64;

    // Header of a port, header of its designator, the longest name and what SCSI adds to it.
    private const int MostPortBytes = 12 + 4 + 223 + 16;
    private const byte ThinProvisioned = 2;

    private static readonly VitalPage[] Pages =
    [
        new(PageCodes.Vpd.SupportedPages, false, WriteSupported),
        new(PageCodes.Vpd.UnitSerialNumber, false, WriteSerial),
        new(PageCodes.Vpd.DeviceIdentification, false, WriteIdentification),
        new(PageCodes.Vpd.ExtendedInquiry, false, WriteExtended),
        new(PageCodes.Vpd.ModePagePolicy, false, WritePolicy),
        new(PageCodes.Vpd.ScsiPorts, false, WritePorts),
        new(PageCodes.Vpd.PowerCondition, false, WritePowerConditions, OnlyDisks: true),
        new(PageCodes.Vpd.ThirdPartyCopy, false, ThirdPartyCopyPage.Write, OnlyDisks: true),
        new(PageCodes.Vpd.BlockLimits, false, WriteLimits, OnlyDisks: true),
        new(PageCodes.Vpd.BlockDeviceCharacteristics, false, WriteCharacteristics, OnlyDisks: true),
        new(PageCodes.Vpd.LogicalBlockProvisioning, true, WriteProvisioning),
    ];

    /// <summary>The page of a logical unit by its code; null when it has none.</summary>
    public static VitalPage? Find(LogicalUnit unit, byte code)
    {
        foreach (VitalPage page in Pages)
        {
            if (page.Code == code && page.IsOf(unit))
            {
                return page;
            }
        }

        return null;
    }

    /// <summary>The designators of the target port that a nexus uses, and of the target device.</summary>
    public static Designator[] PortAndTarget(ScsiTargetDevice device, Nexus nexus) =>
    [
        Designator.RelativeTargetPort(nexus.RelativeTargetPort),
        Designator.TargetPortGroup(nexus.TargetPortGroup),
        Designator.ScsiName(DesignatorAssociation.TargetPort, $"{device.TargetName},t,0x{nexus.TargetPortGroup:x4}"),
        Designator.ScsiName(DesignatorAssociation.TargetDevice, device.TargetName),
    ];

    private static int WriteSupported(ScsiTargetDevice device, ScsiCommand command, Span<byte> into)
    {
        int at = HeaderLength;
        foreach (VitalPage page in Pages)
        {
            if (page.IsOf(command.Unit!))
            {
                into[at++] = page.Code;
            }
        }

        return Finish(into, PageCodes.Vpd.SupportedPages, at);
    }

    private static int WriteSerial(ScsiTargetDevice device, ScsiCommand command, Span<byte> into) => Finish(
        into,
        PageCodes.Vpd.UnitSerialNumber,
        HeaderLength + Encoding.ASCII.GetBytes(command.Unit!.Serial, into[HeaderLength..]));

    private static int WriteIdentification(ScsiTargetDevice device, ScsiCommand command, Span<byte> into)
    {
        LogicalUnit unit = command.Unit!;
        Nexus nexus = command.Nexus;
        ReadOnlySpan<Designator> designators =
        [
            Designator.Naa(DesignatorAssociation.LogicalUnit, unit.Naa),
            Designator.T10VendorId(ProductNames.Vendor, unit.Identity.VendorSpecific),
            Designator.ScsiName(DesignatorAssociation.LogicalUnit, $"{device.TargetName},L,0x{unit.Lun:x16}"),
            .. PortAndTarget(device, nexus),
        ];
        int at = HeaderLength;
        foreach (Designator designator in designators)
        {
            at += designator.Write(into[at..]);
        }

        return Finish(into, PageCodes.Vpd.DeviceIdentification, at);
    }

    /// <summary>
    /// Extended INQUIRY data (SPC-4 §7.8.7): simple, ordered and head of queue tasks; a volatile cache, WRITE LONG with WR_UNCOR, with COR_DIS and without (V_SUP, CRD_SUP, WU_SUP); the
    /// longest sense data. With a disk that can keep protection information SPT, all three types, and that guard and tags are checked.
    /// </summary>
    private static int WriteExtended(ScsiTargetDevice device, ScsiCommand command, Span<byte> into)
    {
        const byte everyTypeAndCheck = 0x3F;
        into[4] = command.Unit!.Protection is null ? (byte)0 : everyTypeAndCheck;
        into[5] = 0x07;
        into[6] = command.Unit!.Traits.ReadOnly ? (byte)0 : (byte)0x0D;
        into[13] = SenseData.MaxLength;
        return Finish(into, PageCodes.Vpd.ExtendedInquiry, LongPage);
    }

    /// <summary>Mode page policy (SPC-4 §7.8.11): all pages and subpages are shared by all nexuses.</summary>
    private static int WritePolicy(ScsiTargetDevice device, ScsiCommand command, Span<byte> into)
    {
        (into[4], into[5]) = (PageCodes.Mode.All, PageCodes.Mode.AllSubpages);
        return Finish(into, PageCodes.Vpd.ModePagePolicy, HeaderLength + 4);
    }

    /// <summary>SCSI ports (SPC-4 §7.8.14): every target port with its name; which initiator ports use it is not told.</summary>
    private static int WritePorts(ScsiTargetDevice device, ScsiCommand command, Span<byte> into)
    {
        int at = HeaderLength;
        foreach (TargetPort port in device.Ports)
        {
            if (into.Length - at < MostPortBytes)
            {
                // A page of a target with very many ports ends early.
                break;
            }

            BinaryPrimitives.WriteUInt16BigEndian(into[(at + 2)..], port.RelativeId);
            int length = Designator.ScsiName(DesignatorAssociation.TargetPort, $"{device.TargetName},t,0x{port.Group:x4}").Write(into[(at + 12)..]);
            BinaryPrimitives.WriteUInt16BigEndian(into[(at + 10)..], (ushort)length);
            at += 12 + length;
        }

        return Finish(into, PageCodes.Vpd.ScsiPorts, at);
    }

    /// <summary>Power condition (SPC-4 §7.8.12): the timers of the mode page are those that there are; no power is saved, so it takes no time to leave a condition.</summary>
    private static int WritePowerConditions(ScsiTargetDevice device, ScsiCommand command, Span<byte> into)
    {
        const byte standby = 0x03, idle = 0x07;
        (into[4], into[5]) = (standby, idle);
        return Finish(into, PageCodes.Vpd.PowerCondition, HeaderLength + 14);
    }

    private static int WriteLimits(ScsiTargetDevice device, ScsiCommand command, Span<byte> into)
    {
        LogicalUnit unit = command.Unit!;
        DeviceTraits traits = unit.Traits;
        uint most = unit.MaxTransferBlocks;
        return new BlockLimitsPage
        {
            WriteSameNonZero = true,
            OptimalTransferGranularity = (ushort)Math.Clamp(traits.PhysicalBlockBytes / traits.BlockBytes, 1, ushort.MaxValue),
            MaximumCompareAndWrite = (byte)CompareAndWriteCommand.MaximumBlocks(unit),
            MaximumTransfer = most,
            OptimalTransfer = most / 16,
            MaximumUnmap = unit.Thin ? UnmapCommand.MaximumBlocks : 0,
            MaximumUnmapDescriptors = unit.Thin ? (uint)UnmapCommand.MaximumDescriptors : 0,
            OptimalUnmapGranularity = unit.Thin ? traits.UnmapGranularityBlocks : 0,
            UnmapGranularityAlignment = unit.Thin ? 0 : null,
            MaximumWriteSame = WriteSameCommands.MaximumBlocks,
            MaximumAtomicTransfer = WriteAtomicCommand.MaximumBlocks(unit),
        }.Write(into);
    }

    /// <summary>
    /// Block device characteristics (SBC-3 §6.6): not a rotating medium. WABEREQ 01b: blocks that SANITIZE has erased can be read, without being written first. VBULS: VERIFY compares
    /// unmapped blocks with data, as the zeros that they are, where it had to end with MISCOMPARE VERIFY OF UNMAPPED LBA else (SBC-3 §5.29).
    /// </summary>
    private static int WriteCharacteristics(ScsiTargetDevice device, ScsiCommand command, Span<byte> into)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into[4..], 1);
        into[7] = 0x40;
        into[8] = 0x01;
        return Finish(into, PageCodes.Vpd.BlockDeviceCharacteristics, LongPage);
    }

    private static int WriteProvisioning(ScsiTargetDevice device, ScsiCommand command, Span<byte> into) =>
        new LogicalBlockProvisioningPage(true, true, true, true, ThinProvisioned) { ThresholdExponent = command.Unit!.Provisioning.Exponent }.Write(into);

    private static int Finish(Span<byte> into, byte code, int length)
    {
        into[1] = code;
        BinaryPrimitives.WriteUInt16BigEndian(into[2..], (ushort)(length - HeaderLength));
        return length;
    }
}
