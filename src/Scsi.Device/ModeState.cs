namespace Blockwire.Scsi.Device;

/// <summary>Mode parameters of a logical unit whose current value may differ from the default. Read without a lock, on every command.</summary>
internal sealed class ModeState
{
    private volatile bool _descriptorSense;
    private volatile bool _softwareWriteProtect;

    /// <summary>D_SENSE of the control page (SPC-4 §7.5.8); by default 0.</summary>
    public bool DescriptorSense
    {
        get => _descriptorSense;
        set => _descriptorSense = value;
    }

    /// <summary>SWP of the control page (SPC-4 §7.5.8); by default 0.</summary>
    public bool SoftwareWriteProtect
    {
        get => _softwareWriteProtect;
        set => _softwareWriteProtect = value;
    }

    /// <summary>Back to the defaults, as a reset wants it.</summary>
    public void Reset()
    {
        DescriptorSense = false;
        SoftwareWriteProtect = false;
    }
}
