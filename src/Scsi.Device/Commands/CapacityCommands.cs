using System.Buffers.Binary;
using System.Numerics;
using Blockwire.Scsi;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>READ CAPACITY(10) and (16) (SBC-3 §5.15 and §5.16).</summary>
internal static class CapacityCommands
{
    public static SenseData? Plan10(ScsiCommand command) => ParameterData.Plan(command, CapacityData10.Length);

    public static ValueTask Run10(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        DeviceTraits traits = command.Unit!.Traits;
        Span<byte> data = stackalloc byte[CapacityData10.Length];
        new CapacityData10((uint)Math.Min(traits.BlockCount - 1, uint.MaxValue), traits.BlockBytes).Write(data);
        return ParameterData.Answer(command, data);
    }

    public static SenseData? Plan16(ScsiCommand command) =>
        ParameterData.Plan(command, BinaryPrimitives.ReadUInt32BigEndian(command.Cdb[10..]), CapacityData16.Length);

    public static ValueTask Run16(ScsiTargetDevice device, ScsiCommand command, CancellationToken cancellationToken)
    {
        Span<byte> data = stackalloc byte[CapacityData16.Length];
        Describe(command.Unit!).Write(data);
        return ParameterData.Answer(command, data);
    }

    /// <summary>What READ CAPACITY(16) says of a unit.</summary>
    public static CapacityData16 Describe(LogicalUnit unit) =>
        new(unit.Traits.BlockCount - 1, unit.Traits.BlockBytes, PhysicalExponent(unit.Traits), unit.Thin, unit.Thin)
        {
            Protection = unit.Protection?.Type ?? ProtectionType.None,
        };

    private static byte PhysicalExponent(DeviceTraits traits) =>
        (byte)BitOperations.Log2(Math.Max(1, traits.PhysicalBlockBytes / traits.BlockBytes));
}
