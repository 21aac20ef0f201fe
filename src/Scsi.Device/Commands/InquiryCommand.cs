using System.Buffers.Binary;
using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>INQUIRY (SPC-4 §6.6): standard data, and the vital product data pages of <see cref="VitalProductData"/>.</summary>
internal static class InquiryCommand
{
    private const byte VitalProductDataBit = 0x01;
    // No version claimed but that of iSCSI, which is the negotiated level counted from here (RFC 7144 §4.2).
    private const byte ImplicitAndExplicitAccess = 3;
    private const ushort Sam5 = 0x00A0, Iscsi = 0x0960, Spc4 = 0x0460, Sbc3 = 0x04C0, Mmc5 = 0x0420;

    public static SenseData? Plan(ScsiCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        bool vital = (cdb[1] & VitalProductDataBit) != 0;
        bool wellKnown = WellKnownUnit.IsAt(command.Lun);
        if (vital && command.Unit is null && !wellKnown)
        {
            return Sense.LogicalUnitNotSupported;
        }

        bool known = !vital ? cdb[2] == 0 : wellKnown ? WellKnownUnit.HasPage(cdb[2]) : VitalProductData.Find(command.Unit!, cdb[2]) is not null;
        return known
            ? ParameterData.Plan(command, BinaryPrimitives.ReadUInt16BigEndian(cdb[3..]))
            : Sense.InvalidFieldInCdb(2);
    }

    public static ValueTask Run(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        Span<byte> data = stackalloc byte[ParameterData.Most];
        data.Clear();
        int length = (command.Cdb[1] & VitalProductDataBit) == 0 ? Standard(device, command).Write(data)
            : WellKnownUnit.IsAt(command.Lun) ? WellKnownUnit.WritePage(device, command.Nexus, command.Cdb[2], data)
            : WriteVital(device, command, data);
        return ParameterData.Answer(command, data[..length]);
    }

    private static int WriteVital(ScsiTargetDevice device, ScsiCommand command, Span<byte> data)
    {
        int length = VitalProductData.Find(command.Unit!, command.Cdb[2])!.Write(device, command, data);
        data[0] = (byte)command.Unit!.Type;
        return length;
    }

    private static StandardInquiryData Standard(ScsiTargetDevice device, ScsiCommand command)
    {
        LogicalUnit? unit = command.Unit;
        bool isDisk = unit is not { Type: LogicalUnitType.CdDvd };
        return new()
        {
            Qualifier = unit is null && !WellKnownUnit.IsAt(command.Lun) ? StandardInquiryData.NoUnitQualifier : (byte)0,
            DeviceType = unit is not null ? (byte)unit.Type
                : WellKnownUnit.IsAt(command.Lun) ? StandardInquiryData.WellKnownUnitType
                : StandardInquiryData.NoDeviceType,
            Removable = unit is { Removable: true },
            MultiplePorts = device.Ports.Count > 1,
            // What tells of access states, A3h, is SEND KEY in MMC.
            PortGroupSupport = isDisk ? ImplicitAndExplicitAccess : (byte)0,
            NormalAca = unit is not null,
            ThirdPartyCopy = unit is not null && isDisk,
            Protect = unit is { Protection: not null },
            Vendor = ProductNames.Vendor,
            Product = isDisk ? ProductNames.Product : ProductNames.CdDvdProduct,
            Revision = ProductNames.Revision,
            VersionDescriptors = [Sam5, (ushort)(Iscsi + command.Nexus.ProtocolLevel), Spc4, isDisk ? Sbc3 : Mmc5],
        };
    }
}
