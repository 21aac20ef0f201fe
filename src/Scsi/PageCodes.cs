namespace Blockwire.Scsi;

/// <summary>Page codes of INQUIRY and of MODE SENSE.</summary>
public static class PageCodes
{
    /// <summary>Vital product data pages (SPC-4 §7.8, SBC-3 §6.6).</summary>
    public static class Vpd
    {
        /// <summary>Supported VPD pages.</summary>
        public const byte SupportedPages = 0x00;

        /// <summary>Unit serial number.</summary>
        public const byte UnitSerialNumber = 0x80;

        /// <summary>Device identification.</summary>
        public const byte DeviceIdentification = 0x83;

        /// <summary>Extended INQUIRY data.</summary>
        public const byte ExtendedInquiry = 0x86;

        /// <summary>Mode page policy.</summary>
        public const byte ModePagePolicy = 0x87;

        /// <summary>SCSI ports.</summary>
        public const byte ScsiPorts = 0x88;

        /// <summary>Power condition.</summary>
        public const byte PowerCondition = 0x8A;

        /// <summary>Third-party copy.</summary>
        public const byte ThirdPartyCopy = 0x8F;

        /// <summary>Block limits.</summary>
        public const byte BlockLimits = 0xB0;

        /// <summary>Block device characteristics.</summary>
        public const byte BlockDeviceCharacteristics = 0xB1;

        /// <summary>Logical block provisioning.</summary>
        public const byte LogicalBlockProvisioning = 0xB2;
    }

    /// <summary>Mode pages (SPC-4 §7.5, SBC-3 §6.5).</summary>
    public static class Mode
    {
        /// <summary>Read-write error recovery.</summary>
        public const byte ReadWriteErrorRecovery = 0x01;

        /// <summary>Disconnect-reconnect.</summary>
        public const byte DisconnectReconnect = 0x02;

        /// <summary>Verify error recovery.</summary>
        public const byte VerifyErrorRecovery = 0x07;

        /// <summary>Caching.</summary>
        public const byte Caching = 0x08;

        /// <summary>Control; its subpage <see cref="ControlExtensionSubpage"/> is the control extension page.</summary>
        public const byte Control = 0x0A;

        /// <summary>Protocol specific logical unit.</summary>
        public const byte ProtocolSpecificUnit = 0x18;

        /// <summary>Protocol specific port.</summary>
        public const byte ProtocolSpecificPort = 0x19;

        /// <summary>Power condition.</summary>
        public const byte PowerCondition = 0x1A;

        /// <summary>Informational exceptions control; its subpage <see cref="LogicalBlockProvisioningSubpage"/> is the logical block provisioning page.</summary>
        public const byte InformationalExceptions = 0x1C;

        /// <summary>CD device parameters (MMC).</summary>
        public const byte CdDeviceParameters = 0x0D;

        /// <summary>CD audio control (MMC).</summary>
        public const byte CdAudioControl = 0x0E;

        /// <summary>Timeout and protect (MMC).</summary>
        public const byte TimeoutAndProtect = 0x1D;

        /// <summary>CD capabilities and mechanical status (MMC).</summary>
        public const byte CdCapabilities = 0x2A;

        /// <summary>All pages.</summary>
        public const byte All = 0x3F;

        /// <summary>Subpage of <see cref="Control"/>.</summary>
        public const byte ControlExtensionSubpage = 0x01;

        /// <summary>Subpage of <see cref="InformationalExceptions"/>.</summary>
        public const byte LogicalBlockProvisioningSubpage = 0x02;

        /// <summary>All subpages of a page.</summary>
        public const byte AllSubpages = 0xFF;
    }

    /// <summary>Log pages (SPC-4 §7.3, SBC-3 §6.4).</summary>
    public static class Log
    {
        /// <summary>Supported log pages; with <see cref="AllSubpages"/> supported pages and subpages.</summary>
        public const byte SupportedPages = 0x00;

        /// <summary>Write error counters.</summary>
        public const byte WriteErrors = 0x02;

        /// <summary>Read error counters.</summary>
        public const byte ReadErrors = 0x03;

        /// <summary>Verify error counters.</summary>
        public const byte VerifyErrors = 0x05;

        /// <summary>Non-medium errors.</summary>
        public const byte NonMediumErrors = 0x06;

        /// <summary>Logical block provisioning.</summary>
        public const byte LogicalBlockProvisioning = 0x0C;

        /// <summary>Temperature.</summary>
        public const byte Temperature = 0x0D;

        /// <summary>Start-stop cycle counter.</summary>
        public const byte StartStopCycles = 0x0E;

        /// <summary>Self-test results.</summary>
        public const byte SelfTestResults = 0x10;

        /// <summary>General statistics and performance.</summary>
        public const byte GeneralStatistics = 0x19;

        /// <summary>Informational exceptions.</summary>
        public const byte InformationalExceptions = 0x2F;

        /// <summary>All subpages of a page, and the list of them.</summary>
        public const byte AllSubpages = 0xFF;
    }
}
